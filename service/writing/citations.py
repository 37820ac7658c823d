"""Citations: `[2]` in the text names the source with the id 2. None stands there that names nothing."""

import re
from collections.abc import Collection

# Neither a link's text nor its definition.
_citation = re.compile(
    r"(?P<space>[ \t]*)(?P<all>(?:\[[1-9]\d{0,2}(?:\s*,\s*[1-9]\d{0,2})*\])+)(?![(\[])(?!(?<=^\[\d\]):)", re.MULTILINE
)
_number = re.compile(r"\d+")
_code = re.compile(r"(`{3,}|~{3,}).*?(?:\1|\Z)|`[^`\n]+`", re.DOTALL)


def cited(text: str) -> set[int]:
    """The ids that the text cites."""
    return {int(n) for match in _citation.finditer(_code.sub("", text)) for n in _number.findall(match["all"])}


def known_only(text: str, ids: Collection[int]) -> tuple[str, int]:
    """The text with `[1][3]` for `[1, 3]` and without citations of other ids, and how many those were."""
    dropped = 0

    def kept(match: re.Match[str]) -> str:
        nonlocal dropped
        named = [int(n) for n in _number.findall(match["all"])]
        known = [n for n in named if n in ids]
        dropped += len(named) - len(known)
        return match["space"] + "".join(f"[{n}]" for n in known) if known else ""

    parts: list[str] = []
    at = 0
    for code in _code.finditer(text):
        parts += [_citation.sub(kept, text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, _citation.sub(kept, text[at:])]), dropped
