"""An article as one self-contained HTML file, to read and to print."""

from base64 import b64encode
from html import escape

from service.export import aside
from service.export.document import Document, Reference, body
from service.export.rendering import to_html

STYLE = """
:root { color-scheme: light dark; --ink: #1d1b18; --paper: #fffdf9; --rule: #d8d2c6; --quiet: #6b655b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e4da; --paper: #191816; --rule: #3d3a35; --quiet: #a39c8f; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.125rem/1.6 Georgia, "Noto Serif", serif; }
main { max-width: 38rem; margin: 0 auto; padding: 3rem 1.25rem 5rem; overflow-wrap: break-word; }
h1 { font-size: 2.1rem; line-height: 1.15; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 2.2rem 0 .5rem; }
h3 { font-size: 1.15rem; margin: 1.6rem 0 .4rem; }
.date { color: var(--quiet); font-size: .9rem; margin: 0 0 2rem; padding-bottom: 1rem; }
.date { border-bottom: 1px solid var(--rule); }
a { color: inherit; }
img { max-width: 100%; }
figure { margin: 0 0 2rem; } figure img { width: 100%; border-radius: 3px; }
.sources { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: .9em; }
.sources h2 { font-size: 1.1rem; margin: 0 0 .5rem; } .sources ol { padding-left: 1.6rem; margin: 0; }
a[href^="#source-"] { color: var(--quiet); text-decoration: none; font-size: .8em; vertical-align: .25em; }
blockquote { margin: 1.2rem 0; padding-left: 1rem; border-left: 3px solid var(--rule); color: var(--quiet); }
pre, code { font: .9em/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { overflow-x: auto; padding: .8rem 1rem; border: 1px solid var(--rule); border-radius: 4px; }
table { border-collapse: collapse; width: 100%; font-size: .95em; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--rule); }
@page { margin: 2.2cm; }
@media print { body { font-size: 11pt; color: #000; background: none; } main { padding: 0; max-width: none; }
  h2, h3 { break-after: avoid; } pre, table, blockquote { break-inside: avoid; } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Html:
    name, label, media_type, ending = "html", "HTML", "text/html; charset=utf-8", "html"

    async def render(self, document: Document) -> bytes:
        return (await aside.by_size(to_page, document)).encode()


def to_page(document: Document) -> str:
    title = escape(document.title)
    written = document.written_at.date().isoformat()
    return (
        f'<!doctype html>\n<html lang="{escape(document.language)}" dir="auto">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<article>\n<h1>{title}</h1>\n"
        f'<p class="date"><time datetime="{written}">{written}</time></p>\n'
        f"{_figure(document)}{to_html(body(document))}{_sources(document)}</article>\n</main>\n</body>\n</html>\n"
    )


def _figure(document: Document) -> str:
    if (picture := document.picture) is None:
        return ""
    data = b64encode(picture.data).decode()
    return f'<figure><img src="data:{picture.media_type};base64,{data}" alt="{escape(picture.alt)}"></figure>\n'


def _sources(document: Document) -> str:
    if not document.sources:
        return ""
    items = (f'<li id="source-{s.id}" value="{s.id}">{_source(s)}</li>\n' for s in document.sources)
    return f'<section class="sources">\n<h2>Sources</h2>\n<ol>\n{"".join(items)}</ol>\n</section>\n'


def _source(source: Reference) -> str:
    title = escape(source.title)
    return f'<a href="{escape(source.url)}" rel="noopener noreferrer nofollow">{title}</a>' if source.url else title
