"""The doors of the rooms, and their sizes."""

import ast
from pathlib import Path

import pytest

from service.settings import ROOT

SERVICE = ROOT / "service"
LEAVES = {"citations", "errors", "events", "logs", "sections", "tally", "viewer", "words"}
DOORS: dict[str, set[str]] = {
    "app": {"api", "jobs", "llm", "research", "writing", "chat", "store", "streams", "settings"},
    "cli": {"app", "server", "llm", "store", "settings", "render", "loadtest", "terminal"},
    "server": {"app", "settings"},
    "api": {"jobs", "store", "streams", "render", "settings", "writing", "chat"},
    "jobs": {"writing", "chat", "llm", "store", "streams"},
    "writing": {"llm", "research"},
    "chat": {"llm"},
    "llm": set(),
    "research": set(),
    "streams": set(),
    "store": set(),
    "render": set(),
    "settings": set(),
    "errors": set(),
    "events": set(),
    "citations": set(),
    "sections": set(),
    "viewer": set(),
    "logs": set(),
    "tally": set(),
    "words": set(),
    "loadtest": set(),
    "terminal": {"writing", "llm", "render"},
    "__main__": {"cli"},
}
ONLY_IN = {
    "fastapi": {"app", "api", "server"},
    "starlette": {"app", "api"},
    "uvicorn": {"server"},
    "sqlalchemy": {"store", "jobs"},
    "alembic": {"store"},
    "openai": {"llm"},
    "trafilatura": {"research"},
    "pocketflow": {"writing", "chat"},
    "sse_starlette": {"api"},
    "rich": {"loadtest", "terminal"},
    "prometheus_client": {"api", "loadtest"},
}
MODULES = sorted(SERVICE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(SERVICE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {
                f"{node.module}.{alias.name}" if node.module == "service" else node.module for alias in node.names
            }
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SERVICE)))
def test_doors_open_one_way(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return
    for name in imported(path):
        top, _, rest = name.partition(".")
        if top == "service":
            other = rest.partition(".")[0]
            assert other in DOORS[here] | LEAVES | {here}, f"{here} may not import {name}"
        elif top in ONLY_IN:
            assert here in ONLY_IN[top], f"{here} may not import {name}"


def test_files_stay_small() -> None:
    sizes = sorted(len(path.read_text().splitlines()) for path in MODULES)
    assert sizes[len(sizes) // 2] <= 120
    assert sizes[int(len(sizes) * 0.9)] <= 250
    assert sizes[-1] <= 400


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SERVICE)))
def test_functions_stay_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is long"
