"""An article as PDF, set by typst. Its text reaches typst as data, never as markup."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typst
from markdown_it.tree import SyntaxTreeNode

from service.render.document import Document, body
from service.render.markdown import parse

TEMPLATE = (Path(__file__).parent / "article.typ").read_bytes()
Node = dict[str, Any]
MAX_DEPTH = 16  # typst gives up not far beyond; what is nested deeper stands at this level

_CONTAINERS = {
    "paragraph": "paragraph",
    "strong": "strong",
    "em": "em",
    "s": "s",
    "blockquote": "quote",
    "bullet_list": "bullets",
    "list_item": "item",
}
_LEAVES = {"hardbreak": "break", "softbreak": "space", "hr": "rule"}


def to_pdf(document: Document) -> bytes:
    article = {
        "title": document.title,
        "lang": document.language.partition("-")[0].lower() if document.language != "und" else "en",
        "date": document.written_at.date().isoformat(),
        "nodes": list(_nodes(parse(body(document)).children)),
    }
    # Nothing is in reach of the compiler but an empty folder.
    with tempfile.TemporaryDirectory() as root:
        made = typst.compile(  # ty: ignore[invalid-argument-type]
            TEMPLATE,
            root=root,
            format="pdf",
            sys_inputs={"article": json.dumps(article)},
            package_path=root,
            package_cache_path=root,
            timestamp=document.written_at.replace(microsecond=0),  # typst refuses parts of a second
        )
    assert isinstance(made, bytes)
    return made


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
            yield {"kind": "text", "text": node.content}
        case "code_inline":
            yield {"kind": "code", "text": node.content}
        case "fence" | "code_block":
            yield {"kind": "block", "text": node.content.rstrip("\n")}
        case _ if depth > MAX_DEPTH:
            yield from children()
        case "heading":
            yield {"kind": "heading", "level": int(node.tag[1]), "children": children()}
        case "ordered_list":
            yield {"kind": "numbers", "start": int(node.attrs.get("start", 1)), "children": children()}
        case "link":
            yield _link(str(node.attrs.get("href", "")), children())
        case "image":
            yield {"kind": "em", "children": [{"kind": "text", "text": node.content}]}
        case "table":
            columns = len(node.children[0].children[0].children)
            yield {"kind": "table", "columns": columns, "children": children()}
        case "th" | "td":
            yield {"kind": "cell", "head": node.type == "th", "children": children()}
        case kind if kind in _LEAVES:
            yield {"kind": _LEAVES[kind]}
        case kind:
            yield {"kind": _CONTAINERS.get(kind, "item"), "children": children()}


def _link(href: str, children: list[Node]) -> Node:
    web = urlsplit(href).scheme in ("http", "https", "mailto")
    return {"kind": "link", "href": href, "children": children} if web else {"kind": "item", "children": children}
