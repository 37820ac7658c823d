"""The doors of the rooms, and their sizes."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from service.settings import ROOT

SERVICE = ROOT / "service"
ANYWHERE = {"core", "loading", "logs", "messages"}  # what every room may use
DOORS: dict[str, set[str]] = {
    "__main__": {"cli"},
    "cli": {"commands", "loadtest", "terminal"},
    "commands": {
        "app", "chosen", "connections", "demo", "endpoint", "models", "server", "settings", "store", "stored",
        "terminal", "access",
    },
    "server": {"app", "connections", "settings"},
    "connections": {"app"},
    "app": {
        "api", "newsroom", "conversations", "queue", "log", "models", "chosen", "endpoint", "research", "stages",
        "store", "stored", "settings", "pages", "access", "admission", "together",
    },
    "admission": {"access", "store", "stored", "settings"},
    "stored": {"access", "store", "settings"},
    "together": {"access", "log", "queue", "stages", "store", "settings"},
    "chosen": {"models", "settings"},
    "endpoint": {"models", "chosen", "demo", "settings"},
    "api": {
        "chosen", "newsroom", "conversations", "queue", "log", "store", "wire", "export", "stages", "settings", "pages",
        "access",
    },
    "terminal": {"stages", "models", "export"},
    "loadtest": {"wire"},
    "demo": {"models"},
    "queue": set(),
    "access": {"store"},
    "newsroom": {"queue", "store", "log", "stages", "access"},
    "conversations": {"newsroom", "store", "log", "models"},
    "stages": {"models", "research"},
    "models": set(),
    "research": set(),
    "log": set(),
    "store": set(),
    "wire": {"log", "stages"},
    "export": set(),
    "settings": set(),
    "loading": set(),
    "logs": set(),
    "messages": set(),
    "pages": set(),
    "core": set(),
}  # fmt: skip
ONLY_IN = {
    "fastapi": {"app", "api", "server", "connections"},
    "starlette": {"app", "api"},
    "uvicorn": {"server", "connections"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "psycopg": {"store", "log", "queue"},
    "openai": {"models"},
    "trafilatura": {"research"},
    "pocketflow": {"stages", "conversations"},
    "sse_starlette": {"api"},
    "rich": {"loadtest", "terminal"},
    "prometheus_client": {"api", "loadtest"},
}


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in sorted(SERVICE.rglob("*.py"))}


def room(path: Path) -> str:
    return path.relative_to(SERVICE).parts[0].removesuffix(".py")


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_doors_open_one_way() -> None:
    wrong: list[str] = []
    for path, tree in trees().items():
        here = room(path)
        for name in imported(tree):
            top, _, rest = name.partition(".")
            other = rest.partition(".")[0]
            may = other in DOORS[here] | ANYWHERE | {here} if top == "service" else here in ONLY_IN.get(top, {here})
            if not may:
                wrong.append(f"{path.relative_to(SERVICE)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_every_room_has_its_doors() -> None:
    assert {room(path) for path in trees()} - {"__init__"} == DOORS.keys()


def test_files_stay_small() -> None:
    sizes = sorted(len(path.read_text().splitlines()) for path in trees())
    assert sizes[len(sizes) // 2] <= 120
    assert sizes[int(len(sizes) * 0.9)] <= 250
    assert sizes[-1] <= 400


def test_functions_stay_short() -> None:
    long = [
        f"{path.relative_to(SERVICE)}: {node.name}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert not long
