"""Every code that the service uses has a sentence, and the sentence gets the parameters that it names."""

import ast
from collections.abc import Iterator
from string import Formatter

from service.core import errors
from service.messages import catalog
from service.stages.flows import stages
from tests.test_architecture import trees

ERRORS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type)}
MADE_UP = {"given"}  # parameters that are passed on as a whole


def codes() -> Iterator[tuple[str, str, set[str] | None]]:
    """Where a sentence is made, its key, and its parameters; None if they can't be read off."""
    for path, tree in trees().items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            for key in _keys(name, call):
                yield f"{path.name}:{call.lineno}", key, _params(name, call)


def _keys(name: str, call: ast.Call) -> Iterator[str]:
    given = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    kind = ERRORS.get(name)
    if name == "BadInput" and len(given) == len(call.args) == 2:
        yield f"input.{given[1]}"
    elif name == "Unfit" and given:
        yield f"input.{given[0]}"
    elif name == "Sentence" and given:
        reason = _reason(call.args[1]) if len(call.args) > 1 else ""
        if reason is not None:
            yield f"{given[0]}.{reason}" if reason else given[0]
    elif kind is not None and issubclass(kind, errors.PressroomError) and name != "BadInput" and given == [*_all(call)]:
        yield f"{kind.code}.{given[0]}" if given else kind.code


def _all(call: ast.Call) -> Iterator[object]:
    return (arg.value if isinstance(arg, ast.Constant) else None for arg in call.args)


def _reason(params: ast.expr) -> str | None:
    """The reason among the parameters, or "" without one; None if it can't be read off."""
    if not isinstance(params, ast.Dict):
        return None
    for key, value in zip(params.keys, params.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "reason":
            return str(value.value) if isinstance(value, ast.Constant) else None
    return ""


def _params(name: str, call: ast.Call) -> set[str] | None:
    if name == "Sentence":
        if len(call.args) < 2:
            return set()
        keys = call.args[1].keys if isinstance(call.args[1], ast.Dict) else [None]
        return None if None in keys else {key.value for key in keys if isinstance(key, ast.Constant)}  # ty: ignore
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    return {keyword.arg or "" for keyword in call.keywords} - {"retry_after"}


def test_every_code_has_its_sentence_and_every_sentence_its_parameters() -> None:
    stages()
    words, wrong = catalog(), list[str]()
    found = list(codes())
    assert len(found) > 150
    for where, key, params in found:
        template = words.get(key)
        if template is None:
            wrong.append(f"{where}: no sentence for {key}")
        elif params is not None:
            fields = {field for _, field, _, _ in Formatter().parse(template) if field}
            wrong += [f"{where}: {key} has no {field}" for field in sorted(fields - params)]
    assert not wrong, "\n".join(wrong)


def test_every_error_without_a_reason_has_a_sentence() -> None:
    words = catalog()
    for kind in ERRORS.values():
        if issubclass(kind, errors.PressroomError) and not kind.__subclasses__():
            keys = [key for key in words if key == kind.code or key.startswith(f"{kind.code}.")]
            assert keys, kind.__name__


def test_no_sentence_ends_with_a_full_stop() -> None:
    stages()
    assert not [code for code, sentence in catalog().items() if sentence.endswith(".")]
