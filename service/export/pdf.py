"""An article as PDF, made by typst. The text is passed as data, never as markup."""

import json
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from service.export import aside
from service.export.document import Document, body
from service.export.rendering import parse

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

PICTURE = "picture"
TEMPLATE = (Path(__file__).parent / "article.typ").read_bytes()
Node = dict[str, Any]
MAX_DEPTH = 16  # typst fails at deeper nesting; such text is shown at this level
REGIONS = {"Hans": "CN", "Hant": "TW"}  # typst selects character forms by region

_CONTAINERS = {
    "strong": "strong",
    "em": "em",
    "s": "s",
    "blockquote": "quote",
    "list_item": "item",
}
_LEAVES = {"hardbreak": "break", "softbreak": "space", "hr": "rule"}


class Pdf:
    name, label, media_type, ending = "pdf", "PDF", "application/pdf", "pdf"

    async def render(self, document: Document) -> bytes:
        return await aside.heavy(to_pdf, document)


def to_pdf(document: Document) -> bytes:
    import typst  # noqa: PLC0415 it takes longer to load than HTML to make

    try:
        return _set(document)
    except typst.TypstError:
        if document.picture is None:
            raise
        return _set(replace(document, picture=None))  # the picture is broken


def _set(document: Document) -> bytes:
    import typst  # noqa: PLC0415

    language, *more = document.language.split("-")
    article = {
        "title": document.title,
        "lang": language.lower(),
        "region": next((REGIONS.get(part, part) for part in more if part in REGIONS or len(part) == 2), None),
        "rtl": _right_to_left(document.title),
        "date": document.written_at.date().isoformat(),
        "nodes": [*_nodes(parse(body(document)).children), *_sources(document)],
        "picture": None if document.picture is None else {"path": f"/{PICTURE}", "alt": document.picture.alt},
    }
    # The compiler can read only a folder with the picture.
    with tempfile.TemporaryDirectory() as root:
        if document.picture is not None:
            Path(root, PICTURE).write_bytes(document.picture.data)
        made = typst.compile(  # ty: ignore[invalid-argument-type]
            TEMPLATE,
            root=root,
            format="pdf",
            sys_inputs={"article": json.dumps(article)},
            package_path=root,
            package_cache_path=root,
            timestamp=document.written_at.replace(microsecond=0),  # typst accepts only whole seconds
        )
    assert isinstance(made, bytes)
    return made


def _sources(document: Document) -> Iterator[Node]:
    if document.sources:
        yield {"kind": "heading", "level": 2, "children": [{"kind": "text", "text": "Sources"}]}
    for source in document.sources:
        title = {"kind": "text", "text": source.title}
        named = _link(source.url, [title]) if source.url else title
        yield {"kind": "paragraph", "children": [{"kind": "text", "text": f"[{source.id}] "}, named]}


def _nodes(nodes: "list[SyntaxTreeNode]", depth: int = 0) -> Iterator[Node]:
    for node in nodes:
        yield from _node(node, depth + 1)


def _node(node: "SyntaxTreeNode", depth: int) -> Iterator[Node]:
    def children() -> list[Node]:
        return list(_nodes(node.children, depth))

    match node.type:
        case "inline" | "thead" | "tbody" | "tr":
            yield from children()
        case "text":
            yield {"kind": "text", "text": node.content}
        case "code_inline":
            yield {"kind": "code", "text": node.content}
        case "fence" | "code_block":
            yield {"kind": "block", "text": node.content.rstrip("\n")}
        case "paragraph":
            yield {"kind": "paragraph", "children": children()}
        case _ if depth > MAX_DEPTH:
            yield from children()
        case "heading":
            yield {"kind": "heading", "level": int(node.tag[1]), "children": children()}
        case "bullet_list":
            yield {"kind": "bullets", "tight": _tight(node), "children": children()}
        case "ordered_list":
            start = int(node.attrs.get("start", 1))
            yield {"kind": "numbers", "tight": _tight(node), "start": start, "children": children()}
        case "link":
            yield _link(str(node.attrs.get("href", "")), children())
        case "image":
            yield {"kind": "em", "children": [{"kind": "text", "text": node.content}]}
        case "table":
            head = node.children[0].children[0].children
            align = [str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in head]
            yield {"kind": "table", "align": align, "children": children()}
        case "th" | "td":
            yield {"kind": "cell", "children": children()}
        case kind if kind in _LEAVES:
            yield {"kind": _LEAVES[kind]}
        case kind:
            yield {"kind": _CONTAINERS.get(kind, "item"), "children": children()}


def _tight(node: "SyntaxTreeNode") -> bool:
    """Whether the list's items have no blank lines between them."""
    return all(part.hidden for item in node.children for part in item.children if part.type == "paragraph")


def _right_to_left(text: str) -> bool:
    """Whether the first character with a direction is right-to-left, as for HTML's dir="auto"."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((d for d in directions if d in ("L", "R", "AL")), "L") != "L"


def _link(href: str, children: list[Node]) -> Node:
    web = urlsplit(href).scheme in ("http", "https", "mailto")
    return {"kind": "link", "href": href, "children": children} if web else {"kind": "item", "children": children}
