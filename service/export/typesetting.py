"""Markdown as it is set in a document: quotation marks by language, superscript citations, attributions on a line."""

from functools import lru_cache, partial
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from service.export.parser import made
from service.export.quotes import curl

REFERENCE = "#source-"  # how `body` links a citation
BRACKETED = ("zh", "ja")  # where superscript figures stand in brackets
_DASHES = ("—", "–", "--", "― ")


@lru_cache(16)  # tags of languages can be anything
def typesetting(language: str) -> MarkdownIt:
    markdown = made()
    markdown.core.ruler.push("typeset", partial(_typeset, language=language))
    return markdown


def _typeset(state: StateCore, language: str) -> None:
    quoted = 0
    for token in state.tokens:
        quoted += token.nesting if token.type.startswith("blockquote_") else 0
        if token.children:
            curl(token.children, language)
            if quoted:
                _attribute(token.children)
            token.children = _raised(token.children, language.startswith(BRACKETED))


def _attribute(tokens: list[Token]) -> None:
    """Who said it stands on a line of its own."""
    for before, token in pairwise(tokens):
        if before.type == "softbreak" and token.content.startswith(_DASHES):
            before.type, before.tag = "hardbreak", "br"


def _cited(text: str) -> str:
    return f"{REFERENCE}{text[1:-1]}"


def _raised(tokens: list[Token], bracketed: bool) -> list[Token]:
    """Citations in a row as one superscript, close to the word before it."""
    before, after = "[]" if bracketed else ("", "")
    raised: list[Token] = []
    inside = False  # of a citation's link
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "link_open" and following and token.attrs.get("href") == _cited(following.content):
            inside = True
            if raised and raised[-1].type == "sup_close":
                raised[-2:] = [Token("text", "", 0, content=",")]
            else:
                if raised and raised[-1].type == "text":
                    raised[-1].content = raised[-1].content.rstrip()
                raised += [Token("sup_open", "sup", 1), Token("text", "", 0, content=before)]
        if inside and token.type == "text":
            token.content = token.content.strip("[]")
        raised.append(token)
        if inside and token.type == "link_close":
            inside = False
            raised += [Token("text", "", 0, content=after), Token("sup_close", "sup", -1)]
    return raised
