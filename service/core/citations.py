"""Citations: `[2]` in the text cites the source with id 2. Citations of unknown sources are removed."""

import re
from collections.abc import Callable, Collection, Iterator

_run = re.compile(r"(?:\[[1-9]\d{0,2}(?:\s*,\s*[1-9]\d{0,2})*\])++")
_definition = re.compile(r"^\[\d+\]:", re.MULTILINE)
_number = re.compile(r"\d+")
_code = re.compile(r"(`{3,}|~{3,}).*?(?:\1|\Z)|`[^`\n]+`", re.DOTALL)


def cited(text: str) -> set[int]:
    """The ids that the text cites."""
    return {n for match in _citations(_code.sub("", text)) for n in _ids(match)}


def known_only(text: str, ids: Collection[int]) -> tuple[str, int]:
    """The text with `[1, 3]` as `[1][3]` and without citations of unknown ids, and how many were removed."""
    dropped = 0

    def kept(named: list[int]) -> str:
        nonlocal dropped
        known = [n for n in named if n in ids]
        dropped += len(named) - len(known)
        return "".join(f"[{n}]" for n in known)

    return replaced(text, kept), dropped


def replaced(text: str, by: Callable[[list[int]], str]) -> str:
    """The text with each citation replaced. If the replacement is empty, the space before it is removed too."""
    parts: list[str] = []
    at = 0
    for code in _code.finditer(text):
        parts += [*_replaced(text[at : code.start()], by), code[0]]
        at = code.end()
    return "".join([*parts, *_replaced(text[at:], by)])


def _replaced(prose: str, by: Callable[[list[int]], str]) -> Iterator[str]:
    at = 0
    for match in _citations(prose):
        new, before = by(_ids(match)), prose[at : match.start()]
        yield before + new if new else before.rstrip(" \t")
        at = match.end()
    yield prose[at:]


def _citations(prose: str) -> Iterator[re.Match[str]]:
    """Runs of citations such as `[1][3]`, but no link texts or link definitions."""
    for match in _run.finditer(prose):
        if prose[match.end() : match.end() + 1] not in ("(", "[") and not _definition.match(prose, match.start()):
            yield match


def _ids(match: re.Match[str]) -> list[int]:
    return [int(n) for n in _number.findall(match[0])]
