"""Packs one page in one language: its stylesheets become one file, its modules one script, and every file that it links
gets an address that changes with what the file holds. What is written in `static/` stays as it is.

In a page, `{{> name}}` stands for the part `parts/name.html`; in `{{> name ../}}`, its links to `static/` begin with
`../`. `{{code}}` stands for a sentence, `{{code|html}}` for one with a piece of the page at its `{field}`, `{{lang}}`
for the language's tag, and `{{languages}}` for a list of all. A link to the page itself is marked as such
(`aria-current`).
"""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path

from service import messages
from service.pages.modules import joined

PACKED = "packed"  # the folder below static/ where browsers find what is packed
KNOWN = "js/known.js"  # a module that the server writes: what every page would ask first
HOME = "index.html"  # which links call `./`
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_sheets = re.compile(r'(?:\s*<link rel="stylesheet" href="(?:\.\.?/)*static/[^>]+>)+')
_sheet = re.compile(r'href="((?:\.\.?/)*)static/([\w/.-]+)"(?: media="(\w+)")?')
_linked = re.compile(rf'(<script type="module" src="|(?:src|href)=")((?:\.\.?/)*)static/(?!{PACKED}/)([\w/.-]+)(?=")')
_part = re.compile(r"\{\{> (\w+) ?([./]*)\}\}")
_mark = re.compile(r"\{\{([\w.]+)\}\}")
_around = re.compile(r"\{\{([\w.]+)\|(.*?)\}\}", re.DOTALL)
_comment = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
_indent = re.compile(r"^\s+", re.MULTILINE)
_code = re.compile(r'["`](?:page\.)?([a-z_]+\.[\w.]*)')  # of a sentence, in a script, as far as it is known there
_url = re.compile(r'url\("([^"]+)"\)')


# Gives the source of KNOWN in a language, with the sentences whose codes begin with one of these.
Known = Callable[[str, tuple[str, ...]], str]


@dataclass(frozen=True, slots=True)
class File:
    media_type: str
    body: bytes
    gzipped: bytes | None  # if that is smaller
    digest: str


@lru_cache(maxsize=256)  # fonts, for example, are those of every page
def file(ending: str, body: bytes) -> File:
    gzipped = gzip.compress(body, 9, mtime=0)
    digest = sha256(body).hexdigest()[:20]
    return File(TYPES[ending], body, gzipped if len(gzipped) < 0.9 * len(body) else None, digest)


@dataclass(slots=True)
class Packing:
    """One page, the files that it links, and what all of it was made of."""

    folder: Path
    language: str
    known: Known
    linked: dict[str, File] = field(default_factory=dict)
    sources: dict[Path, int] = field(default_factory=dict)  # the time at which each was changed

    def page(self, name: str) -> File:
        itself = '<a href="./"' if name == HOME else f'<a href="{name}"'
        html = self._whole(self.folder / name).replace(itself, f'{itself} aria-current="page"')
        html = _mark.sub(lambda mark: self._say(mark[1]), html)
        html = _around.sub(lambda mark: self._say(mark[1]).replace("{field}", mark[2]), html)
        html = _sheets.sub(self._sheets, html)
        return file(".html", _linked.sub(self._link, html).encode())

    def fresh(self) -> bool:
        """Whether what the page was made of is still the same."""
        try:
            return all(path.stat().st_mtime_ns == changed for path, changed in self.sources.items())
        except FileNotFoundError:
            return False

    def _whole(self, path: Path) -> str:
        """A page or a part with its own parts."""

        def part(mark: re.Match[str]) -> str:
            return (
                self._whole(self.folder / "parts" / f"{mark[1]}.html")
                .rstrip()
                .replace('"static/', f'"{mark[2]}static/')
            )

        return _part.sub(part, self._read(path))

    def _read(self, path: Path) -> str:
        return self._bytes(path).decode()

    def _bytes(self, path: Path) -> bytes:
        self.sources[path] = path.stat().st_mtime_ns
        return path.read_bytes()

    def _say(self, code: str) -> str:
        if code == "lang":
            return self.language
        if code == "languages":
            return "".join(self._option(language) for language in messages.LANGUAGES)
        return escape(messages.page(self.language)[f"page.{code}"])

    def _option(self, language: str) -> str:
        chosen = " selected" if language == self.language else ""
        name = escape(messages.page(language)["page.name"])
        return f'<option value="{language}" lang="{language}"{chosen}>{name}</option>'

    def _keep(self, name: str, ending: str, body: bytes) -> str:
        kept = file(ending, body)
        address = f"{name}-{kept.digest}{ending}"
        self.linked[address] = kept
        return address

    def _sheets(self, links: re.Match[str]) -> str:
        """One link in place of several."""
        sheets = _sheet.findall(links[0])
        joined = "\n".join(self._sheet(self.folder / path, media) for _, path, media in sheets)
        address = self._keep("page", ".css", joined.encode())
        return f'\n  <link rel="stylesheet" href="{sheets[0][0]}static/{PACKED}/{address}">'

    def _sheet(self, path: Path, media: str) -> str:
        source = _indent.sub("", _comment.sub("", self._read(path)))
        sheet = _url.sub(lambda url: f'url("{self._copy((path.parent / url[1]).resolve())}")', source)
        return f"@media {media} {{\n{sheet}}}\n" if media else sheet

    def _link(self, link: re.Match[str]) -> str:
        before, up, path = link.groups()
        if before.startswith("<script"):
            entry = self.folder / path
            address = self._keep(entry.stem, ".js", self._script(entry).encode())
        else:
            address = self._copy(self.folder / path)
        return f"{before}{up}static/{PACKED}/{address}"

    def _script(self, entry: Path) -> str:
        def script(known: str) -> str:
            return joined(entry, lambda path: known if path == self.folder / KNOWN else self._read(path))

        named = tuple(f"page.{code}" for code in _code.findall(script("")))
        return script(self.known(self.language, named))

    def _copy(self, path: Path) -> str:
        return self._keep(path.stem, path.suffix, self._bytes(path))
