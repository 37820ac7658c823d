"""A document's text as a tree of nodes, for formats that are not made of HTML."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from markdown_it.tree import SyntaxTreeNode

from service.export import wording
from service.export.document import Document, body
from service.export.parser import side_of
from service.export.quotes import curled
from service.export.typesetting import REFERENCE, typesetting

Node = dict[str, Any]
MAX_DEPTH = 16  # typst fails at deeper nesting; such text is shown at this level

_CONTAINERS = {
    "strong": "strong",
    "em": "em",
    "s": "s",
    "sup": "raised",
    "blockquote": "quote",
    "list_item": "item",
}
_LEAVES = {"hardbreak": "break", "softbreak": "space", "hr": "rule"}


def of(document: Document) -> list[Node]:
    tree = SyntaxTreeNode(typesetting(document.language).parse(body(document)))
    return [*_nodes(tree.children), *_sources(document)]


def _sources(document: Document) -> Iterator[Node]:
    if document.sources:
        yield {"kind": "heading", "level": 2, "children": [_text(wording.sources(document.language))]}
    for source in document.sources:
        title = _text(curled(source.title, document.language))
        named = [title] if source.url is None else [_link(source.url, [title]), {"kind": "break"}, _address(source.url)]
        yield {"kind": "source", "id": source.id, "title": source.title, "children": named}


def _address(url: str) -> Node:
    return {"kind": "quiet", "children": [_text(wording.address(url))]}


def _text(text: str) -> Node:
    return {"kind": "text", "text": text}


def _nodes(nodes: list[SyntaxTreeNode], depth: int = 0) -> Iterator[Node]:
    for node in nodes:
        yield from _node(node, depth + 1)


def _node(node: SyntaxTreeNode, depth: int) -> Iterator[Node]:
    def children() -> list[Node]:
        return list(_nodes(node.children, depth))

    match node.type:
        case "inline" | "thead" | "tbody" | "tr":
            yield from children()
        case "text":
            yield _text(node.content)
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
            yield {"kind": "em", "children": [_text(node.content)]}
        case "table":
            head = node.children[0].children[0].children
            yield {"kind": "table", "align": [side_of(cell.attrs.get("style", "")) for cell in head],
                   "children": children()}  # fmt: skip
        case "th" | "td":
            yield {"kind": "cell", "children": children()}
        case kind if kind in _LEAVES:
            yield {"kind": _LEAVES[kind]}
        case kind:
            yield {"kind": _CONTAINERS.get(kind, "item"), "children": children()}


def _tight(node: SyntaxTreeNode) -> bool:
    """Whether the list's items have no blank lines between them."""
    return all(part.hidden for item in node.children for part in item.children if part.type == "paragraph")


def _link(href: str, children: list[Node]) -> Node:
    if href.startswith(REFERENCE):
        return {"kind": "reference", "to": href[1:], "children": children}
    web = urlsplit(href).scheme in ("http", "https", "mailto")
    return {"kind": "link", "href": href, "children": children} if web else {"kind": "item", "children": children}
