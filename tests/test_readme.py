"""What the README says is true."""

import re
import shlex
from importlib.util import find_spec

import pytest

from service import cli
from service.settings import ROOT, Settings

README = (ROOT / "README.md").read_text()
MODELS = (ROOT / "docs" / "models.md").read_text()


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_its_settings_exist() -> None:
    others = (ROOT / ".env.example").read_text() + (ROOT / "docs" / "operating.md").read_text()
    named = set(re.findall(r"PRESSROOM_([A-Z_]+)\b", README + others))
    assert named
    assert {name.lower() for name in named - {"KEY"}} <= set(Settings.model_fields)


@pytest.mark.parametrize("line", re.findall(r"uv run (?:--extra local )?pressroom([^\n`]*)", README + MODELS))
def test_its_commands_are_understood(line: str) -> None:
    words = shlex.split(re.sub(r"(--\w+)(?= --|$)", r"\1 1", line.strip()), comments=True)
    assert find_spec(cli._parser().parse_args(words).command)


@pytest.mark.parametrize("path", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_its_links_lead_somewhere(path: str) -> None:
    assert (ROOT / path).exists()


def test_what_shows_a_promise_is_there() -> None:
    security = (ROOT / "docs" / "security.md").read_text()
    named = re.findall(r"`(tests/[\w/.]+)`", security)
    assert len(set(named)) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert [path for path in re.findall(r"\]\(([^)#]+)", security) if not (ROOT / "docs" / path).exists()] == []
