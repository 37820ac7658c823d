"""An article as PDF, made by typst. The text is passed as data, never as markup."""

import json
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from service.export import aside
from service.export.document import Document, right_to_left

if TYPE_CHECKING:
    import typst

PICTURE = "picture"
TEMPLATE = (Path(__file__).parent / "article.typ").read_bytes()
REGIONS = {"Hans": "CN", "Hant": "TW"}  # typst selects character forms by region


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

    from service.export import tree, wording  # noqa: PLC0415
    from service.export.quotes import curled  # noqa: PLC0415

    language, *more = document.language.split("-")
    article = {
        "title": curled(document.title, document.language),
        "dek": curled(document.dek, document.language),
        "byline": wording.byline(document),
        "lang": language.lower(),
        "region": next((REGIONS.get(part, part) for part in more if part in REGIONS or len(part) == 2), None),
        "rtl": right_to_left(document.title),
        "paper": wording.paper(document.language),
        "sources": [source.id for source in document.sources],
        "nodes": tree.of(document),
        "picture": None if document.picture is None else {"path": f"/{PICTURE}", "alt": document.picture.alt},
    }
    # The compiler can read only a folder with the picture.
    with tempfile.TemporaryDirectory() as root:
        if document.picture is not None:
            Path(root, PICTURE).write_bytes(document.picture.data)
        made = typst.compile(  # ty: ignore[invalid-argument-type]
            TEMPLATE,
            root=root,
            font_paths=_fonts(),
            format="pdf",
            sys_inputs={"article": json.dumps(article)},
            package_path=root,
            package_cache_path=root,
            timestamp=document.written_at.replace(microsecond=0),  # typst accepts only whole seconds
        )
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> "typst.Fonts":
    """The system's. Looking for them takes longer than setting most articles."""
    import typst  # noqa: PLC0415

    return typst.Fonts()
