"""Markdown to HTML while others are being served."""

import asyncio
import time

import pytest

from tests.api.test_input import is_problem
from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = "[" * 20_000  # a second of work


async def test_markdown_is_shown_without_what_harms(server: Server) -> None:
    answer = await server.client.post("/preview", json={"markdown": "## A *b*\n<script>c()</script>"})
    html = "<h2>A <em>b</em></h2>\n<p>&lt;script&gt;c()&lt;/script&gt;</p>\n"
    assert answer.json() == {"html": html, "blocks": [{"start": 0, "end": 8}, {"start": 9, "end": 29}]}


async def test_a_long_preview_keeps_nobody_waiting(server: Server) -> None:
    began = last = time.perf_counter()
    preview = asyncio.create_task(server.client.post("/preview", json={"markdown": HOSTILE}))
    longest = 0.0
    while not preview.done():
        assert (await server.client.get("/healthz")).status_code == 200
        last, before = time.perf_counter(), last
        longest = max(longest, last - before)
    assert preview.result().status_code == 200
    assert longest < (last - began) / 2


async def test_no_more_is_shown_than_an_article_may_hold(server: Server) -> None:
    answer = await server.client.post("/preview", json={"markdown": "a" * 200_001})
    is_problem(answer, 422, "invalid_input")
    assert answer.json()["errors"][0]["field"] == "markdown"
