"""Event streams as a server would tell them, for what the demo model can't be brought to do at the right moment."""

import asyncio
import json
import re
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import Page, Route

from service.export.rendering import to_html

Json = dict[str, Any]
FIRST_LOOK = re.compile(r"/articles/[\w-]+$")
AT = "2026-03-01T12:00:{:02d}Z"


def stage(name: str, status: str, at: int = 0, data: Json | None = None, message: str = "", **more: Any) -> Json:
    event = {"type": "stage", "run": 1, "stage": name, "section": None, "status": status, "progress": 0}
    return (
        event | {"message": message or f"{name} {status}", "at": AT.format(at), "elapsed_ms": None, "data": data} | more
    )


def token(text: str, section: int | None, stage: str = "content", offset: int = 0) -> Json:
    return {"type": "token", "run": 1, "stage": stage, "section": section, "offset": offset, "text": text}


def done(words: int = 2) -> Json:
    usage = {"prompt_tokens": 1, "completion_tokens": words}
    event = {"type": "done", "run": 1, "status": "completed", "progress": 100, "words": words}
    return event | {"usage": usage, "elapsed_ms": 900, "result_url": ""}


def result(content: str, **more: Any) -> Json:
    """What has come of an article, with its sections as the server renders them."""
    parts = re.split(r"(?m)^(?=## )", content)
    sections = [
        {"id": n, "title": part[3:].partition("\n")[0] if n else "", "html": to_html(part)}
        for n, part in enumerate(parts)
        if part
    ]
    stored = {"content": content, "title": "One", "version": 1, "words": 3, "minutes": 1, "status": "completed"}
    return {**stored, "sections": sections, **more}


def outline(*titles: str) -> Json:
    sections = [{"title": title, "covers": f"what {title} covers", "leaves": "the rest"} for title in titles]
    return {"kind": "outline", "title": "The plan", "sections": sections}


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 100\n\n"


class Teller:
    """Answers in place of the server's stream: with what is to be told now, until there is something else."""

    def __init__(self) -> None:
        self._told, self._over = b"", asyncio.Event()

    async def begin(self, page: Page) -> None:
        listening = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        host, port = listening.sockets[0].getsockname()
        for address in ("**/events?*", "**/events"):
            await page.route(address, lambda route: route.continue_(url=f"http://{host}:{port}"))

        def end(_: Page) -> None:
            listening.close()
            self._over.set()

        page.once("close", end)

    def tell(self, *events: Json) -> None:
        told = (
            f"id: {n}\nevent: {event['type']}\ndata: {json.dumps(event)}\n\n" for n, event in enumerate(events, 900)
        )
        self._told = "".join(told).encode()
        self._over.set()
        self._over = asyncio.Event()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + self._told)
        await self._over.wait()
        writer.close()


_tellers: WeakKeyDictionary[Page, Teller] = WeakKeyDictionary()


async def tell(page: Page, *events: Json) -> None:
    """The page hears these events, on a stream that stays open until others are told. That the server's own article
    has ended is not said: the page would not come back for more."""

    async def unfinished(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json=await answer.json() | {"status": "processing", "completed_at": None})

    await page.route(FIRST_LOOK, unfinished, times=1)
    if page not in _tellers:
        _tellers[page] = Teller()
        await _tellers[page].begin(page)
    _tellers[page].tell(*events)


KNOWN = re.compile(r"const options = (.*);\nconst messages = (.*);\n")


async def knows(page: Page, *, options: Json | None = None, messages: Json | None = None) -> None:
    """Other options and sentences, besides the server's own."""

    def other(known: re.Match[str]) -> str:
        own = json.loads(known[1]) | (options or {})
        words = json.loads(known[2]) | (messages or {})
        return f"const options = {json.dumps(own)};\nconst messages = {json.dumps(words)};\n"

    async def answer(route: Route) -> None:
        script = await route.fetch()
        await route.fulfill(response=script, body=KNOWN.sub(other, await script.text()))

    await page.route("**/static/packed/*.js", answer)
