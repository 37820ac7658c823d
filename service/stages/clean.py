"""Takes off what models put around a text that was to stand alone."""

import re
from collections.abc import Collection

from service.stages.prompts import TAGS

SENTENCE = 30  # characters of the shortest sentence that is not said twice by chance
REPEATED = 0.6  # share of a paragraph's sentences
OPENER = 160  # characters of the longest "Sure, here is …:"

_fence = re.compile(r"```(?:markdown|md|text)?[ \t]*\n(.*?)\n?```", re.DOTALL)
# A tag of our prompts; in code it may be what the article is about.
_tag = re.compile(rf"(`+[^`]*`+)|</?(?:{'|'.join(sorted(TAGS))})\b[^<>]*>", re.IGNORECASE)
_opener = re.compile(
    r"(?:sure|certainly|of course|okay|ok|here is|here's|here are|natürlich|gerne|hier ist|好的|当然|以下是)"
    rf"[^\n]{{0,{OPENER}}}[:：]\s*\n",
    re.IGNORECASE,
)
_remark = re.compile(
    r"(?:i (?:made|have made|hope|tried|rewrote|changed)|i've (?:made|rewritten|tried)|i'm an ai|as an ai"
    r"|(?:please )?let me know|this (?:rewritten|revised|new) (?:version|section|text)|note that i)\b",
    re.IGNORECASE,
)
_heading = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*")
_bold = re.compile(r"\*\*(.+?)\*\*:?|__(.+?)__:?")
_end = re.compile(r"[.!?…。！？][\"'”’»)\]*_]*(?=\s|$|[\u3000-\u9fff])|\n\n")
_sentence = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")
QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“"}


def section_text(answer: str, title: str = "", others: Collection[str] = ()) -> str:
    """A section's text without its heading, and without other sections that follow it. If nothing is left, it is the
    answer without marks of headings."""
    text = unfenced(answer).strip()
    if opener := _opener.match(text):
        text = text[opener.end() :]
    lines = _unquoted(unfenced(text)).split("\n")
    own, foreign = _plain(title), {_plain(other) for other in others} - {_plain(title)}
    kept: list[str] = []
    inside = False  # a fence
    for line in lines:
        inside ^= line.lstrip().startswith("```")
        if not inside:
            line = _tag.sub(r"\1", line)
        heading = None if inside else _titled(line)
        if heading is None:
            kept.append(line)
            continue
        level, said = heading
        begun = any(map(str.strip, kept))
        if begun and (_plain(said) in foreign or (level > 0 and _plain(said) == own)):
            break  # another section, or this one from the start
        if _plain(said) == own or _plain(said) in foreign or (0 < level <= 2 and not begun):
            continue
        kept.append(line if level == 0 or level > 2 else f"### {said}")
    return _unrepeated(_without_remark("\n".join(kept).strip())) or _tag.sub(r"\1", answer).replace("#", "").strip()


def whole_sentences(text: str) -> str:
    """The text up to its last whole sentence, if it has one."""
    ends = [match.end() for match in _end.finditer(text)]
    return text[: ends[-1]].rstrip() if ends else text


def unfenced(answer: str) -> str:
    """The answer without the fence that some models put around it."""
    match = _fence.fullmatch(answer.strip())
    return match[1].strip() if match and "```" not in match[1] else answer


def _titled(line: str) -> tuple[int, str] | None:
    """The level of a heading, 0 if it is only bold, and its text."""
    if match := _heading.fullmatch(line.strip()):
        return len(match[1]), match[2]
    if match := _bold.fullmatch(line.strip()):
        return 0, match[1] or match[2]
    return None


def _plain(title: str) -> str:
    return re.sub(r"^\d+[.)]\s*|[\W_]+", " ", title).strip().casefold()


def _unquoted(text: str) -> str:
    """Without quotes around all of it."""
    closing = QUOTES.get(text[:1])
    inside = text[1:-1]
    return inside if closing and text.endswith(closing) and closing not in inside and text[0] not in inside else text


def _unrepeated(text: str) -> str:
    """Without paragraphs that mostly say again what was said before."""
    said: set[str] = set()
    kept: list[str] = []
    for paragraph in text.split("\n\n"):
        sentences = [each for each in _sentence.split(paragraph) if len(each) >= SENTENCE]
        again = sum(each in said for each in sentences)
        if not sentences or again < REPEATED * len(sentences):
            kept.append(paragraph)
        said.update(sentences)
    return "\n\n".join(kept)


def _without_remark(text: str) -> str:
    """Without a last paragraph in which the model speaks of its work."""
    before, _, last = text.rpartition("\n\n")
    return before.rstrip() if before and _remark.match(last.lstrip("*_(")) else text
