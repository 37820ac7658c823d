"""A page and what it links, packed."""

import gzip
import os
import re
import shutil
from pathlib import Path

import pytest

from service.pages.packing import TYPES, Known
from service.pages.pages import Pages
from service.settings import ROOT

STATIC = ROOT / "static"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STATIC, tmp_path / "static"))


def packed(folder: Path, known: Known = lambda language, named: "export const options = {};") -> Pages:
    return Pages(folder, known)


def addresses(pages: Pages, name: str = "progress.html", language: str = "en") -> list[str]:
    return re.findall(r'"static/packed/([^"]+)"', pages.page(name, language).body.decode())


def of(pages: Pages, ending: str) -> str:
    return next(address for address in addresses(pages) if address.endswith(ending))


def edit(path: Path, old: str, new: str) -> None:
    """At another time, however coarse the clock of the file system is."""
    changed = path.stat().st_mtime_ns + 1_000_000
    path.write_text(path.read_text().replace(old, new))
    os.utime(path, ns=(changed, changed))


# All but the example, which is there to be read and copied.
@pytest.mark.parametrize("path", sorted(STATIC.glob("[!e]*.html")), ids=lambda path: path.name)
def test_all_that_a_page_links_is_packed(path: Path) -> None:
    pages = packed(STATIC)
    html = pages.page(path.name, "en").body.decode()
    links = [link for link in re.findall(r'(?:src|href)="([^"]+)"', html) if "static/" in link]
    assert html.count('rel="stylesheet"') == 1
    assert html.count("<script") <= 2
    for link in links:
        up, _, name = link.rpartition("static/packed/")
        assert up == {"read.html": "../", "gone.html": "../", "missing.html": "./"}.get(path.name, "")
        assert pages.linked(name) is not None, link


def test_the_stylesheets_are_one_in_their_order_and_those_for_paper_only_for_paper() -> None:
    pages = packed(STATIC)
    sheet = pages.linked(of(pages, ".css"))
    assert sheet is not None
    css = sheet.body.decode()
    written = (STATIC / "parts/head.html").read_text() + (STATIC / "progress.html").read_text()
    names = re.findall(r'href="static/(css/[\w.]+)"', written)
    sheets = [re.sub(r"/\*.*?\*/\s*", "", (STATIC / name).read_text(), flags=re.DOTALL) for name in names]
    beginnings = [css.index(re.sub(r"\n\s+", "\n", sheet)[:80]) for sheet in sheets]
    assert "/*" not in css
    assert beginnings == sorted(beginnings)
    assert css[: beginnings[-1]].endswith("@media print {\n")
    fonts = re.findall(r'url\("([^"]+)"\)', css)
    assert len(fonts) == 5
    for name in fonts:
        font = pages.linked(name)
        assert font is not None
        assert font.media_type == "font/woff2"


@pytest.mark.parametrize(
    ("name", "here"), [("index.html", "./"), ("people.html", "people.html"), ("progress.html", None)]
)
def test_parts_are_filled_in_and_a_link_to_the_page_itself_says_so(name: str, here: str | None) -> None:
    html = packed(STATIC).page(name, "de").body.decode()
    assert "{{" not in html
    assert html.count("data-language-switch") == html.count("data-theme-switch") == html.count('rel="icon"') == 1
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', html) == ([here] if here else [])
    assert "Zum Inhalt" in html


def test_what_the_server_knows_is_in_the_script() -> None:
    pages = packed(
        STATIC, lambda language, named: "export const options = { stages: [] };\nexport const messages = {};"
    )
    script = pages.linked(next(address for address in addresses(pages) if address.startswith("progress")))
    assert script is not None
    assert b"const options = { stages: [] };\n" in script.body


def test_text_is_zipped_once_and_what_would_gain_nothing_is_not() -> None:
    pages = packed(STATIC)
    page = pages.page("index.html", "en")
    assert page.gzipped is not None
    assert gzip.decompress(page.gzipped) == page.body
    assert len(page.gzipped) < len(page.body) / 2
    font = pages.linked(of(pages, ".woff2"))
    assert font is not None
    assert font.gzipped is None


def test_a_page_is_packed_once(folder: Path) -> None:
    told: list[str] = []

    def known(language: str, named: tuple[str, ...]) -> str:
        told.append(language)
        return "export const options = {};\nexport const messages = {};"

    pages = packed(folder, known)
    assert pages.page("index.html", "en") is pages.page("index.html", "en")
    assert told == ["en"]


def test_an_edited_file_shows_at_once_under_another_address(folder: Path) -> None:
    pages = packed(folder)
    before = addresses(pages)
    edit(folder / "js" / "helpers" / "timing.js", "30_000", "31_000")
    edit(folder / "css" / "reader.css", "0.2s", "0.3s")
    after = addresses(pages)
    changed = {new for old, new in zip(before, after, strict=True) if old != new}
    assert {name.rpartition("-")[0] for name in changed} == {"progress", "page"}
    assert all(pages.linked(name) for name in changed)
    edit(folder / "parts" / "masthead.html", "{{masthead.skip}}", "Skip it")
    assert "Skip it" in pages.page("progress.html", "en").body.decode()


def test_a_file_that_has_gone_is_missed_only_by_who_needs_it(folder: Path) -> None:
    pages = packed(folder)
    before = addresses(pages)
    (folder / "css" / "print.css").unlink()
    edit(folder / "progress.html", '  <link rel="stylesheet" href="static/css/print.css" media="print">\n', "")
    assert addresses(pages) != before


def test_a_file_is_found_before_its_page_was_asked_for() -> None:
    name = of(packed(STATIC), ".css")
    elsewhere = packed(STATIC)
    assert elsewhere.linked(name) is not None
    assert elsewhere.linked("nothing.css") is None


def test_every_kind_of_file_has_a_type() -> None:
    assert {path.suffix for path in STATIC.rglob("*.*")} == set(TYPES)
