"""Types generated from the OpenAPI document fit the example, and nothing but what the service says."""

import json
import subprocess
from pathlib import Path

import pytest

from service.app import create_app
from service.settings import ROOT, load

PROGRAMS = Path(__file__).parent / "node_modules" / ".bin"
EXAMPLE = (ROOT / "docs" / "examples" / "follow.ts").read_text()
STRICT = ["--strict", "--noEmit", "--target", "es2022"]
MISTAKES = {
    "event.offset": "event.position",
    "event.progress": "event.percent",
    "event.data.sections": "event.data.chapters",
    "event.elapsed_ms": "event.seconds",
    "event.code": "event.reason",
    'case "token"': 'case "chunk"',
    "article.events_url": "article.stream_url",
    "min_words": "words",
    "problem.detail": "problem.explanation",
}

pytestmark = pytest.mark.process


def run(program: str, *words: str | Path) -> str:
    """What a program of the node world has to say; it is an answer even if the program objects."""
    assert PROGRAMS.exists(), "bash tests/run installs what is needed here"
    ran = subprocess.run([PROGRAMS / program, *words], capture_output=True, text=True, timeout=60, check=False)
    return ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def objections(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The compiler's, to the example and to a copy of it with each of the mistakes."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "openapi.json").write_text(json.dumps(create_app(load()).openapi()))
    types = folder / "pressroom.d.ts"
    run("openapi-typescript", folder / "openapi.json", "--default-non-nullable", "false", "-o", types)
    assert types.exists()
    files = [folder / "follow.ts", *(folder / f"mistake{n}.ts" for n in range(len(MISTAKES)))]
    files[0].write_text(EXAMPLE)
    for file, (right, wrong) in zip(files[1:], MISTAKES.items(), strict=True):
        file.write_text(EXAMPLE.replace(right, wrong))
    return run("tsc", *STRICT, *files)


def test_the_example_compiles(objections: str) -> None:
    assert "mistake0.ts(" in objections  # the compiler did run
    assert "follow.ts(" not in objections


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=list(MISTAKES.values()))
def test_a_wrong_name_does_not_compile(number: int, objections: str) -> None:
    wrong = list(MISTAKES.values())[number].rpartition(".")[2].removeprefix("case ").strip('"')
    told = [line for line in objections.splitlines() if f"mistake{number}.ts(" in line]
    assert any(wrong in line for line in told), told
