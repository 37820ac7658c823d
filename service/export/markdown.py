"""An article as one Markdown text, with its sources as footnotes."""

import re
from collections.abc import Iterator

from service.core import citations
from service.export import aside
from service.export.document import Document
from service.export.rendering import markdown

_span = re.compile(r"(`+)[^`].*?(?<!`)\1(?!`)")
_tag = re.compile(r"(?<!\\)<(?=[A-Za-z/!?])(?![A-Za-z][\w+.-]*:[^\s<>]*>)(?![\w.+-]+@[\w.-]+>)")  # and no address


class Markdown:
    name, label, media_type, ending = "md", "Markdown", "text/markdown; charset=utf-8", "md"

    async def render(self, document: Document) -> bytes:
        return (await aside.by_size(to_markdown, document)).encode()


def to_markdown(document: Document) -> str:
    ids = {source.id for source in document.sources}

    def noted(named: list[int]) -> str:
        return "".join(f"[^{n}]" if n in ids else f"[{n}]" for n in named)

    text = without_tags(document.markdown)
    text = citations.replaced(text, noted) if ids else text
    if document.picture is not None:
        head, _, rest = text.partition("\n")
        titled = head.startswith("# ")
        shown = f"![{_plain(document.picture.alt)}]({document.picture.url})"
        text = f"{head}\n\n{shown}\n{rest}" if titled else f"{shown}\n\n{text}"
    notes = [f"[^{s.id}]: {_plain(s.title)}" + (f", <{s.url}>" if s.url else "") for s in document.sources]
    return "\n\n".join([text.rstrip("\n"), *(["\n".join(notes)] if notes else [])]) + "\n"


def without_tags(text: str) -> str:
    """The text with its `<b>` as `\\<b>`: it is text here, and would be HTML for other programs."""
    return "\n".join(_escaped(text)) if "<" in text else text


def _escaped(text: str) -> Iterator[str]:
    code = {
        number
        for token in markdown().parse(text)
        if token.type in ("fence", "code_block") and token.map
        for number in range(*token.map)
    }
    for number, line in enumerate(text.split("\n")):
        yield line if number in code else _outside_spans(line)


def _outside_spans(line: str) -> str:
    parts, at = list[str](), 0
    for span in _span.finditer(line):
        parts += [_tag.sub(r"\\<", line[at : span.start()]), span[0]]
        at = span.end()
    return "".join([*parts, _tag.sub(r"\\<", line[at:])])


def _plain(line: str) -> str:
    return _tag.sub(r"\\<", line.replace("[", "(").replace("]", ")"))
