"""Event streams as a server would tell them, for what the demo model can't be brought to do at the right moment."""

import json
import re
from typing import Any

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


def stream(*events: Json) -> str:
    """As bytes on the wire, ending without a terminal event unless one is told: then the page comes back at once."""
    body = [f"id: {900 + n}\nevent: {event['type']}\ndata: {json.dumps(event)}\n\n" for n, event in enumerate(events)]
    return "retry: 100\n\n" + "".join(body)


async def tell(page: Page, *streams: str) -> None:
    """One after the other, the last again and again. That the server's own article has ended is not said: the page
    would not come back for more."""
    waiting = list(streams)

    async def answer(route: Route) -> None:
        body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        await route.fulfill(body=body, content_type="text/event-stream")

    async def unfinished(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json=await answer.json() | {"status": "processing", "completed_at": None})

    await page.route("**/events?*", answer)
    await page.route("**/events", answer)
    await page.route(FIRST_LOOK, unfinished, times=1)


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
