"""Recognises what models put around and between what they were asked for, in whole and as it begins."""

import re
from functools import lru_cache

from service.stages.prompts import TAGS

LINE = 240  # characters of the longest line that can be a heading; what is held back at the beginning is as long
OPENER = 160  # characters of the longest "Sure, here is …:"
ATTRIBUTES = 80  # characters of a tag behind its name
FENCE = "```"
HTML = {  # tags that some models write
    "p", "div", "h1", "h2", "h3", "table", "tr", "td", "th", "title", "cover", "author", "date",
}  # fmt: skip
QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“"}
OPENERS = (
    "sure", "certainly", "of course", "okay", "ok", "here is", "here's", "here’s", "here are", "natürlich", "gerne",
    "hier ist", "好的", "当然", "以下是",
)  # fmt: skip

_openers = "|".join(rf"{word}\b" if word.isascii() else word for word in OPENERS)
_opener = re.compile(rf"(?:{_openers})[^\n]{{0,{OPENER}}}[:：][ \t]{{0,9}}\n", re.IGNORECASE)
_opener_begun = re.compile(rf"(?:{_openers})[^\n]{{0,{OPENER + 10}}}", re.IGNORECASE)
_fence = re.compile(r"```(?:markdown|md|text)?[ \t]{0,9}\n")
_fence_begun = re.compile(r"`{1,2}|```[a-z]{0,8}[ \t]{0,9}")
_known = sorted(TAGS | HTML)
_names = "|".join(_known)
_prefixes = "|".join("(?:".join(["", *tag]) + ")?" * len(tag) for tag in _known)
_tag = rf"</?(?:{_names})\b[^<>\n]{{0,{ATTRIBUTES}}}>"
_tags = re.compile(rf"(?:\s*{_tag})+", re.IGNORECASE)
_tag_begun = re.compile(rf"</?(?:{_prefixes}|(?:{_names})\b[^<>\n]{{0,{ATTRIBUTES}}})", re.IGNORECASE)
_lone = re.compile(r"</?[a-z][a-z_]{1,20}>")
_lone_begun = re.compile(r"</?[a-z_]{0,21}>?")
_piece = re.compile(rf"`(?=[^`])|{_tag}", re.IGNORECASE)
_remark = re.compile(
    r"(?:i (?:made|have made|hope|tried|rewrote|changed)|i've (?:made|rewritten|tried)|i'm an ai|as an ai"
    r"|i(?:'ll| will) (?:provide|give|write)|(?:please )?let me know"
    r"|this (?:rewritten|revised|new) (?:version|section|text)|this is (?:a|the) (?:section|part|piece) of"
    r"|note that i)\b",
    re.IGNORECASE,
)
_not_said = re.compile(r"^\d+[.)]\s*|[\W_]+")
_heading = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*")
_bold = re.compile(r"([*_])\1((?:(?!\1\1).)+)\1\1\1?:?")
_title_begun = re.compile(r"#{1,6}(?:[ \t].*)?|([*_])(?:\1(?:(?!\1\1).)*(?:\1(?:\1\1?:?[ \t]*(?:<.*)?)?)?)?")


def opener(text: str) -> int:
    """The length of a "Sure, here is …:" at the beginning."""
    match = _opener.match(text)
    return match.end() if match else 0


def fence(text: str) -> int:
    """The length of a line at the beginning that opens a fence around Markdown."""
    match = _fence.match(text)
    return match.end() if match else 0


def tags(text: str) -> int:
    """The length of our prompts' tags at the beginning, with white space before them."""
    match = _tags.match(text)
    return match.end() if match else 0


def may_be_around(text: str) -> bool:
    """Whether it may become an opener, a fence or a tag."""
    said = text.lower()
    return bool(
        any(word.startswith(said) for word in OPENERS)
        or _opener_begun.fullmatch(text)
        or _fence_begun.fullmatch(text)
        or _tag_begun.fullmatch(text)
    )


def ordinary(line: str) -> bool:
    """Whether it begins as nothing of what follows does."""
    return bool(line) and line[0] not in "#*_`<" and not line[0].isspace()


def may_be_title(line: str) -> bool:
    """Whether it may become a heading or a bold line, or what `may_be_fence` says."""
    return may_be_fence(line) or (len(line) <= LINE and bool(_title_begun.fullmatch(line[tags(line) :].lstrip())))


def may_be_fence(line: str) -> bool:
    """Whether it may become a fence or a line of tags, or is nothing yet."""
    if len(line) > LINE:
        return False
    text = line[tags(line) :].strip()
    return text in ("", "`", "``") or bool(_tag_begun.fullmatch(text) or _lone_begun.fullmatch(text))


def nothing_but_tags(line: str) -> bool:
    """Whether a line is only tags, of our prompts or one of any name."""
    if len(line) > LINE:
        return False
    text = line[tags(line) :].strip()
    return not text or bool(_lone.fullmatch(text))


def titled(line: str) -> tuple[int, str] | None:
    """The level of a heading, 0 if it is only bold, and its text."""
    if len(line) > LINE:
        return None
    text = line[tags(line) :].strip()
    if match := _heading.fullmatch(text):
        return len(match[1]), untagged(match[2]).strip()
    if text[:2] in ("**", "__") and (match := _bold.fullmatch(untagged(text).strip())):
        return 0, match[2]
    return None


def untagged(line: str) -> str:
    """Without tags of our prompts; in code, they may be what the article is about."""
    return without_tags(line, code=False)[0]


def without_tags(text: str, code: bool) -> tuple[str, bool]:
    """Part of a line without tags, and whether what follows is code. `code` says whether the part is, at first."""
    if "<" not in text and "`" not in text:
        return text, code

    def kept(match: re.Match[str]) -> str:
        nonlocal code
        if match[0] == "`":
            code = not code
        return match[0] if code or match[0] == "`" else ""

    return _piece.sub(kept, text), code


def decided(text: str) -> int:
    """How much of a part of a line can be shown: all but a tag or a run of backticks that may go on."""
    at = text.rfind("<")
    end = at if at >= 0 and _tag_begun.fullmatch(text, at) else len(text)
    return end - text.endswith("`", 0, end)


@lru_cache(512)  # a line is looked at as it arrives, as part of the whole, and in its section
def plain(title: str) -> str:
    return _not_said.sub(" ", title).strip().casefold()


def remark(text: str) -> bool:
    """Whether the model speaks of its work."""
    return bool(_remark.match(text.lstrip("*_(")))


def without_remarks(text: str) -> str:
    """Without last paragraphs in which the model speaks of its work."""
    before, _, last = text.rpartition("\n\n")
    return without_remarks(before.rstrip()) if before and remark(last) else text
