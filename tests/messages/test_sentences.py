"""Every error that the code raises has a sentence, and every parameter of the sentence is given."""

import ast
from string import Formatter

import pytest

from service import messages
from service.core import errors
from service.settings import ROOT
from service.stages import flows

CALLS = [
    node
    for path in sorted((ROOT / "service").rglob("*.py"))
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
]


def catalog() -> dict[str, str]:
    flows.stages()  # each brings its own sentences
    return messages.catalog()


def raised() -> dict[str, list[ast.keyword]]:
    """The sentences of errors raised with a literal reason, and their parameters."""
    found: dict[str, list[ast.keyword]] = {}
    for call in CALLS:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        reason = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
        kind = getattr(errors, name, None)
        if not isinstance(reason, str) or name == "BadInput":
            continue
        if name == "Unfit":
            found[f"input.{reason}"] = call.keywords
        elif isinstance(kind, type) and issubclass(kind, errors.PressroomError):
            found[f"{kind.code}.{reason}"] = call.keywords
    return found


@pytest.mark.parametrize(("code", "given"), sorted(raised().items()))
def test_an_error_has_a_sentence_for_its_reason(code: str, given: list[ast.keyword]) -> None:
    assert code in catalog()
    wanted = {name for _, name, _, _ in Formatter().parse(catalog()[code]) if name}
    assert None in {each.arg for each in given} or wanted <= {each.arg for each in given}


def test_no_sentence_ends_with_a_full_stop() -> None:
    assert not [code for code, sentence in catalog().items() if sentence.endswith(".")]
