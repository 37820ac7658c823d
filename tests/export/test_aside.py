"""Rendering beside the loop: who waits for whom, and what is refused."""

import asyncio
import threading
import time
from datetime import UTC, datetime

import pytest

from service.core.errors import RenderFailed, ServerBusy
from service.export import aside
from service.export.blocks import Written
from service.export.document import Document
from service.export.docx import Docx
from service.export.formats import Format
from service.export.html import Html
from service.export.pdf import Pdf
from service.export.rendering import to_html

pytestmark = pytest.mark.process

HOSTILE = {"brackets": "[" * 100_000, "pictures": "![" * 50_000, "labels": "[a][" * 25_000, "nested": "[a " * 33_000}


HEAVY = [Pdf(), Docx()]


def document(markdown: str) -> Document:
    return Document(title="Bees", markdown=markdown, language="en", written_at=datetime(2026, 11, 20, tzinfo=UTC))


async def test_a_small_text_does_not_wait_for_a_pdf_or_a_large_one() -> None:
    slow = [asyncio.create_task(Pdf().render(document("a"))), asyncio.create_task(aside.html("a\n\n" * 20_000))]
    assert (await aside.html("*a*")).html == "<p><em>a</em></p>\n"
    assert not any(task.done() for task in slow)
    pdf, shown = await asyncio.gather(*slow)
    assert isinstance(pdf, bytes)
    assert pdf.startswith(b"%PDF")
    assert isinstance(shown, Written)
    assert shown.html.startswith("<p>a</p>")


async def test_a_large_page_is_what_a_small_one_is() -> None:
    made = (await Html().render(document("漢字 *a*\n\n" * 5_000))).decode()
    assert made.count("<p>漢字 <em>a</em></p>") == 5_000
    assert made.startswith("<!doctype html>")


async def test_no_more_wait_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "_small", aside.Lane(waiting=2))
    let_go = threading.Event()
    jobs = [asyncio.create_task(aside.aside(let_go.wait, 30)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ServerBusy) as refused:
        await aside.html("a")
    assert refused.value.retry_after
    let_go.set()
    assert await asyncio.gather(*jobs) == [True, True, True]
    assert (await aside.html("a")).html == "<p>a</p>\n"


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    let_go, begun = threading.Event(), list[int]()
    first = asyncio.create_task(aside.aside(let_go.wait, 30))
    await asyncio.sleep(0)
    left = [asyncio.create_task(aside.aside(begun.append, n)) for n in range(5)]
    await asyncio.sleep(0)
    for task in left[:4]:
        task.cancel()
    let_go.set()
    await asyncio.gather(first, *left, return_exceptions=True)
    assert begun == [4]


@pytest.mark.parametrize("format", HEAVY, ids=lambda format: format.name)
async def test_a_file_that_takes_too_much_memory_or_time_is_given_up(
    format: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "SECONDS", 5.0)
    with pytest.raises(RenderFailed):
        await format.render(document("- a\n" * 50_000 + "\n> b\n\n" * 50_000))
    monkeypatch.setattr(aside, "SECONDS", 0.05)
    with pytest.raises(RenderFailed, match="too_slow"):
        await format.render(document("a"))


@pytest.mark.parametrize("markdown", HOSTILE.values(), ids=HOSTILE)
def test_brackets_without_an_end_take_no_more_than_other_text(markdown: str) -> None:
    def seconds(text: str) -> float:
        began = time.process_time()
        to_html(text)
        return time.process_time() - began

    assert seconds(markdown) < 4 * seconds("*a " * (len(markdown) // 3))


def test_links_and_pictures_are_found_all_the_same() -> None:
    text = "[a [b] c](http://x.example/) ![d [e](f)](/g) [h]\n\n[h]: /i\n\n" + "[1](/a) [" * 3_000
    html = to_html(text)
    assert html.count('href="/a"') == 3_000
    assert '<a href="http://x.example/" rel="noopener noreferrer nofollow">a [b] c</a>' in html
    assert '<a href="/i"' in html
