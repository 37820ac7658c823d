"""An export format: the article without the `#` of its headings."""

import re

from service.export import aside
from service.export.document import Document


class PlainText:
    name, label, media_type, ending = "txt", "Plain text", "text/plain; charset=utf-8", "txt"

    async def render(self, document: Document) -> bytes:
        return (await aside.aside(to_text, document)).encode()


def to_text(document: Document) -> str:
    return re.sub(r"^#+ ", "", document.markdown, flags=re.MULTILINE).rstrip("\n") + "\n"
