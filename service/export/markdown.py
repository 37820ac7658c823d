"""An article as one Markdown text, with its sources as footnotes."""

from service.core import citations
from service.export.document import Document


class Markdown:
    name, label, media_type, ending = "md", "Markdown", "text/markdown; charset=utf-8", "md"

    async def render(self, document: Document) -> bytes:
        return to_markdown(document).encode()


def to_markdown(document: Document) -> str:
    ids = {source.id for source in document.sources}

    def noted(named: list[int]) -> str:
        return "".join(f"[^{n}]" if n in ids else f"[{n}]" for n in named)

    text = citations.replaced(document.markdown, noted) if ids else document.markdown
    if document.picture is not None:
        head, _, rest = text.partition("\n")
        titled = head.startswith("# ")
        shown = f"![{_plain(document.picture.alt)}]({document.picture.url})"
        text = f"{head}\n\n{shown}\n{rest}" if titled else f"{shown}\n\n{text}"
    notes = [f"[^{s.id}]: {_plain(s.title)}" + (f", <{s.url}>" if s.url else "") for s in document.sources]
    return "\n\n".join([text.rstrip("\n"), *(["\n".join(notes)] if notes else [])]) + "\n"


def _plain(line: str) -> str:
    return line.replace("[", "(").replace("]", ")")
