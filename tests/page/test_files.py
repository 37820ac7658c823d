"""What can be read off the files themselves."""

import re
from pathlib import Path

import pytest

from service.settings import ROOT

STATIC = ROOT / "static"


def files(*endings: str) -> list[Path]:
    return [path for path in sorted(STATIC.rglob("*")) if path.suffix in endings]


def test_html_is_set_in_one_reviewed_place():
    ways = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|srcdoc")
    found = [path.name for path in files(".js") for _ in ways.finditer(path.read_text())]
    assert found == ["rendered.js"]


def test_nothing_is_inline_and_nothing_comes_from_elsewhere():
    for path in files(".html", ".js", ".css"):
        text = path.read_text()
        assert not re.search(r"https?://|//[a-z]+\.", text), path
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), path
    for path in files(".html"):
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", path.read_text()))


@pytest.mark.parametrize(("ending", "middle", "most"), [(".js", 80, 190), (".css", 220, 280)])
def test_files_stay_small(ending: str, middle: int, most: int):
    lines = sorted(len(path.read_text().splitlines()) for path in files(ending))
    assert lines[len(lines) // 2] <= middle
    assert lines[-1] <= most


def test_only_controllers_touch_the_page():
    touching = re.compile(r"\bdocument\b|\bgetElementById|querySelector|\bnew Option\b")
    for room in ("models", "helpers"):
        for path in (STATIC / "js" / room).glob("*.js"):
            assert not touching.search(path.read_text()), path


def test_type_comes_with_its_licence_and_is_light():
    fonts = [path.resolve() for path in files(".woff2")]
    named = (STATIC / "css" / "fonts.css").read_text()
    asked = {(STATIC / "css" / name).resolve() for name in re.findall(r'url\("([^"]+)"\)', named)}
    assert asked == set(fonts)
    for path in fonts:
        assert "SIL Open Font License" in (path.parent / "LICENSE").read_text()
    usual = [path.stat().st_size for path in fonts if "latin-ext" not in path.name]
    assert sum(usual) < 160_000
