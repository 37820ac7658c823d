"""All that the page says stands in the catalogue, and all that stands there is said."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from service import messages
from service.settings import ROOT
from service.stages.flows import stages

STATIC = ROOT / "static"
PAGES = [*sorted(STATIC.glob("[!e]*.html")), *sorted(STATIC.glob("parts/*.html"))]  # the example is there to be copied
SCRIPTS = sorted(path for path in (STATIC / "js").rglob("*.js") if path.name != "example.js")

MARK = re.compile(r"\{\{([\w.]+)\}\}")
AROUND = re.compile(r"\{\{([\w.]+)\|((?:[^{}]|\{\{[\w.]+\}\})*)\}\}")
PARTS = re.compile(r"\{\{> \w+[ ./]*\}\}")
NAMES = {"lang", "languages"}  # marks that stand for no sentence
BRAND = re.compile(r"Pressroom")
SHOWN = {"aria-label", "title", "placeholder", "alt", "aria-description"}
LETTERS = re.compile(r"[^\W\d_]")

# Comments, regular expressions, and strings: the last are what is looked at.
TOKENS = re.compile(
    r"//[^\n]*|/\*.*?\*/|(?<=[=(,:\[!&|?;{}\n])\s*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/[dgimsuvy]*"
    r"|\"((?:\\.|[^\"\\\n])*)\"|'((?:\\.|[^'\\\n])*)'|`((?:\\.|[^`\\])*)`",
    re.DOTALL,
)
FOR_MACHINES = re.compile(
    r"(class|rel|type|rootMargin): ?$|className = $|(querySelector(All)?|matches|closest|matchMedia|DateTimeFormat)\($"
)
PART = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")  # of a template
SAID = re.compile(r"(^|[\s“(])[A-Z]?[a-z’']{2,}[,.!?:;…]?\s+[A-Za-z“]|^[A-Z][a-z]+[….!]?$")
KEYS = {"Enter", "Escape", "Esc", "Delete", "Del", "Content-Type", "Date", "Files", "Notification", "Idempotency-Key"}
KEYS |= {"Shift + Enter", "Pressroom", "px px", "formatBlock h2", "formatBlock p"}
SELECTOR = re.compile(r"[\w.#-]*(\[[^\]]+\]|:not\([^)]+\))*")
CODE = re.compile(r"""(?:phrase|counted)\((?:[^`()]*\? )?["'`]([\w.${}]+)["'`](?: : ["']([\w.]+)["'])?""")


class Shown(HTMLParser):
    """What of a page is shown or read out, with the place of each."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[int, str]] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        for name, value in attrs:
            description = name == "content" and ("name", "description") in attrs
            sentence = name.startswith("data-") and " " in (value or "") and value not in KEYS
            if name in SHOWN or description or sentence:
                self.said.append((self.getpos()[0], value or ""))

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"pre", "kbd", "script", "style"} & set(self._inside):
            self.said.append((self.getpos()[0], data))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_says_nothing_by_itself(path: Path) -> None:
    html = AROUND.sub(r"\2", PARTS.sub("", path.read_text()))
    shown = Shown()
    shown.feed(html)
    assert len(shown.said) > 2
    said = [
        (line, BRAND.sub("", MARK.sub("", text)).replace("{why}", "").replace("{ask}", "")) for line, text in shown.said
    ]
    assert [(line, text.strip()) for line, text in said if LETTERS.search(text)] == []


def literals(script: str) -> Iterator[tuple[int, str]]:
    for found in TOKENS.finditer(script):
        text = next((group for group in found.groups() if group is not None), None)
        if text is not None and not FOR_MACHINES.search(script[: found.start()]):
            yield script.count("\n", 0, found.start()) + 1, text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_nothing_by_itself(path: Path) -> None:
    said = [(line, PART.sub("", text)) for line, text in literals(path.read_text())]
    assert [(line, text) for line, text in said if SAID.search(text) and not for_machines(text)] == []


def for_machines(text: str) -> bool:
    return text in KEYS or (", " in text and all(SELECTOR.fullmatch(part) for part in text.split(", ")))


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_a_sentence_with_a_piece_of_the_page_has_a_place_for_it(language: str) -> None:
    around = {code for path in PAGES for code, _ in AROUND.findall(path.read_text())}
    assert len(around) > 2
    assert [code for code in around if "{field}" not in messages.page(language)[f"page.{code}"]] == []


def used() -> set[str]:
    """The codes that pages and scripts name; where a part is only known later, with a star."""
    marks = {code for path in PAGES for code in MARK.findall(path.read_text())} - NAMES
    marks |= {code for path in PAGES for code, _ in AROUND.findall(path.read_text())}
    scripts = "\n".join(path.read_text() for path in SCRIPTS)
    named = {code for pair in CODE.findall(scripts) for code in pair if code}
    counted = {f"count.{what}.*" for what in re.findall(r'\bcount\([^";{}]*, "(\w+)"\)', scripts)}
    groups = {f"{code}*" for code in re.findall(r'\bnamed\("(\w+\.)"', scripts)} | {"tone.*", "gone.*"}
    return marks | counted | groups | {PART.sub("*", code) for code in named}


def test_what_the_page_names_is_there_and_what_is_there_is_named() -> None:
    stages()
    there = {code.removeprefix("page.") for code in messages._page("en")}
    named = used()
    assert len(named) > 150

    def matches(code: str, name: str) -> bool:
        plain = re.escape(name).replace(r"\*", r"[\w.]*")
        return bool(re.fullmatch(rf"{plain}(\.(one|other))?", code))

    assert [name for name in named if not any(matches(code, name) for code in there)] == []
    own = {"name", "short"}  # said of a language where all are listed
    assert [code for code in there - own if not any(matches(code, name) for name in named)] == []
