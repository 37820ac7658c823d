"""An article as one self-contained HTML file, to read and to print."""

from base64 import b64encode
from html import escape

from service.export import aside, wording
from service.export.document import Document, Reference, body
from service.export.rendering import cleaned

STYLE = """
@font-face { font-family: "Han marks"; unicode-range: U+b7, U+2014, U+2018-2019, U+201c-201d, U+2026;
  src: local("Songti SC"), local("Noto Serif CJK SC"), local("Source Han Serif SC"), local("SimSun"); }
:root { color-scheme: light dark; --ink: #1d1b18; --paper: #fffdf9; --rule: #d8d2c6; --quiet: #6b655b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e4da; --paper: #191816; --rule: #3d3a35; --quiet: #a39c8f; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.125rem/1.6 Georgia, "Noto Serif", serif; }
main { max-width: 38rem; margin: 0 auto; padding: 3rem 1.25rem 5rem; overflow-wrap: break-word; }
h1 { font-size: 2.1rem; line-height: 1.15; margin: 0 0 .75rem; text-wrap: balance; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 2.2rem 0 .5rem; text-wrap: balance; }
h3 { font-size: 1.15rem; margin: 1.6rem 0 .4rem; }
p, li { text-wrap: pretty; }
.dek { color: var(--quiet); font-size: 1.25rem; line-height: 1.4; margin: 0 0 1rem; text-wrap: balance; }
.byline { color: var(--quiet); font-size: .9rem; margin: 0 0 2rem; padding-bottom: 1rem; }
.byline { border-bottom: 1px solid var(--rule); }
a { color: inherit; }
img { max-width: 100%; }
figure { margin: 0 0 2rem; } figure img { width: 100%; border-radius: 3px; }
.sources { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); font-size: .9em; }
.sources h2 { font-size: 1.1rem; margin: 0 0 .5rem; } .sources ol { padding-left: 1.6rem; margin: 0; }
.sources li:target { background: color-mix(in srgb, var(--rule), transparent 50%); }
sup { color: var(--quiet); font-size: .7em; line-height: 0; margin-left: .08em; } sup a { text-decoration: none; }
blockquote { margin: 1.8rem 0; padding-left: 1.2rem; border-left: 3px solid var(--rule); }
pre, code { font: .9em/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { overflow-x: auto; padding: .8rem 1rem; border: 1px solid var(--rule); border-radius: 4px; }
table { border-collapse: collapse; width: 100%; font-size: .95em; margin: 1.8rem 0; }
table { font-variant-numeric: tabular-nums; }
th, td { text-align: start; padding: .35rem .6rem; border-bottom: 1px solid var(--rule); vertical-align: top; }
.align-left { text-align: left; } .align-center { text-align: center; } .align-right { text-align: right; }
:lang(zh), :lang(ja), :lang(ko) { line-break: strict; }
:is(body:lang(zh), body:lang(ja)) { line-height: 1.85; }
body:lang(zh) { font-family: "Han marks", Georgia, "Songti SC", "Noto Serif CJK SC", SimSun, serif; }
body:lang(zh-Hant) { font-family: Georgia, "Songti TC", "Noto Serif CJK TC", PMingLiU, serif; }
body:lang(ja) { font-family: Georgia, "Hiragino Mincho ProN", "Noto Serif CJK JP", "Yu Mincho", serif; }
:is(:lang(zh), :lang(ja)) :is(h1, h2, h3) { line-height: 1.4; }
:is(:lang(zh), :lang(ja)) article > p { margin-block: 0; text-align: justify; text-indent: 2em; }
:lang(ja) article > p { text-indent: 1em; }
:is(:lang(zh), :lang(ja)) em { font-style: normal; text-emphasis: dot; }
:lang(zh) em { text-emphasis-position: under right; }
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
    title, dek = escape(_curled(document.title, document)), escape(_curled(document.dek, document))
    found = escape(_curled(document.search_title, document)) or title
    language = "" if document.language == "und" else f' lang="{escape(document.language)}"'
    return (
        f'<!doctype html>\n<html{language} dir="auto">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{_described(dek)}<title>{found}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<article>\n{_header(document, title, dek)}"
        f"{_figure(document)}{_text(document)}{_sources(document)}</article>\n</main>\n</body>\n</html>\n"
    )


def _described(dek: str) -> str:
    return f'<meta name="description" content="{dek}">\n' if dek else ""


def _header(document: Document, title: str, dek: str) -> str:
    iso, day = document.written_at.date().isoformat(), escape(wording.day(document))
    below = f'<p class="dek">{dek}</p>\n' if dek else ""
    facts = [escape(fact) for fact in wording.byline(document)]
    byline = " · ".join(f'<time datetime="{iso}">{day}</time>' if fact == day else fact for fact in facts)
    return f'<header>\n<h1>{title}</h1>\n{below}<p class="byline">{byline}</p>\n</header>\n'


def _text(document: Document) -> str:
    from service.export.typesetting import typesetting  # noqa: PLC0415

    return cleaned(typesetting(document.language).render(body(document)))


def _curled(line: str, document: Document) -> str:
    from service.export.quotes import curled  # noqa: PLC0415

    return curled(line, document.language)


def _figure(document: Document) -> str:
    if (picture := document.picture) is None:
        return ""
    data = b64encode(picture.data).decode()
    return f'<figure><img src="data:{picture.media_type};base64,{data}" alt="{escape(picture.alt)}"></figure>\n'


def _sources(document: Document) -> str:
    if not document.sources:
        return ""
    heading = wording.sources(document.language)
    items = (f'<li id="source-{s.id}" value="{s.id}">{_source(s, document)}</li>\n' for s in document.sources)
    return f'<section class="sources">\n<h2>{heading}</h2>\n<ol>\n{"".join(items)}</ol>\n</section>\n'


def _source(source: Reference, document: Document) -> str:
    title = escape(_curled(source.title, document))
    return f'<a href="{escape(source.url)}" rel="noopener noreferrer nofollow">{title}</a>' if source.url else title
