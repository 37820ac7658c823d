"""What the load test notices, on servers that do what none may."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from service.core.errors import ServerGone, SettingsError
from service.core.events import Usage
from service.loadtest.findings import Findings
from service.loadtest.load import Load
from service.loadtest.page import to_page
from service.loadtest.plan import Plan
from service.loadtest.report import report
from service.wire.events import Done, Stage, Token
from tests.events import body, frame
from tests.log.test_channel import NOW

DONE = body(
    Done(run=1, status="completed", progress=100, words=2, usage=Usage(3, 4), elapsed_ms=1, result_url="/articles/a")
)
BEGUN = body(
    Stage(
        run=1, stage="style", section=None, status="started", progress=66, message="", code="style.started", params={},
        at=NOW,
    )
)  # fmt: skip


def token(offset: int, text: str) -> bytes:
    return body(Token(run=1, stage="style", section=None, offset=offset, text=text))


FINE = [BEGUN, token(0, "two "), token(4, "words"), DONE]


def numbered(bodies: list[bytes], *ids: int) -> bytes:
    return b"".join(frame(n, each) for n, each in zip(ids or range(1, len(bodies) + 1), bodies, strict=True))


Answers = Callable[[], Awaitable[web.Response]]


@asynccontextmanager
async def pretending(
    stream: bytes,
    *,
    content: str = "two words",
    status: str = "completed",
    started: str = '{"job_id": "a"}',
    events: Answers | None = None,
) -> AsyncGenerator[str]:
    """A server that calls itself a Pressroom, with one article."""

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"model": {}})

    async def start(_: web.Request) -> web.Response:
        return web.Response(text=started, content_type="application/json")

    async def told(request: web.Request) -> web.Response:
        if events is not None:
            return await events()
        if request.headers.get("Last-Event-ID"):
            return web.Response(status=204)
        return web.Response(body=stream, content_type="text/event-stream")

    async def result(_: web.Request) -> web.Response:
        return web.json_response({"status": status, "content": content})

    app = web.Application()
    app.router.add_get("/sub/health", health)
    app.router.add_post("/sub/start-job", start)
    app.router.add_get("/sub/articles/a/events", told)
    app.router.add_get("/sub/articles/a/result", result)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/sub"
    finally:
        await runner.cleanup()


async def found(url: str) -> Findings:
    findings = Findings()
    await Load(Plan(url=url, jobs=1, concurrency=1, ramp=0), findings).run()
    return findings


async def later() -> web.Response:
    """What a proxy answers whose server is away for long."""
    return web.Response(body=b"retry: 10\n\n", content_type="text/event-stream")


async def the_same() -> web.Response:
    return web.Response(body=b"retry: 10\n\n" + numbered(FINE[:-1]), content_type="text/event-stream")


async def silence() -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def away() -> web.Response:
    return web.Response(status=503)


@pytest.mark.parametrize("events", [later, the_same, silence, away])
async def test_what_never_ends_is_given_up_and_reported(events: Answers) -> None:
    findings = Findings()
    async with pretending(b"", events=events) as url, asyncio.timeout(60):
        with pytest.raises(ServerGone, match="nothing_happens"):
            await Load(Plan(url=url, jobs=1, concurrency=1, ramp=0, stuck=0.5), findings).run()
    assert findings.errors["unfinished"] == 1
    assert (findings.errors["503"] > 0) == (events is away)


@pytest.mark.parametrize("started", ["<html>", "[]", '{"job_id": 7}', "{}"])
async def test_an_answer_that_can_not_be_read_is_an_error(started: str) -> None:
    async with pretending(b"", started=started) as url:
        findings = await found(url)
    assert dict(findings.errors) == {"unreadable_answer": 1}
    assert dict(findings.statuses) == {"refused": 1}


async def a_page() -> web.Response:
    return web.Response(text="<html>", content_type="text/html")


async def test_a_page_is_no_stream() -> None:
    async with pretending(b"", events=a_page) as url:
        findings = await found(url)
    assert findings.shown_faults[0] == "a: the request for the stream was answered 200, text/html"


async def test_a_stream_that_keeps_the_rule_is_whole() -> None:
    async with pretending(numbered(FINE)) as url:
        findings = await found(url)
    assert not findings.faults
    assert findings.headline == "nothing lost or repeated: 1 texts match what is stored"
    assert (findings.events, findings.tokens, findings.finished) == (4, 4, 1)


@pytest.mark.parametrize(
    ("stream", "detail"),
    [
        (numbered([BEGUN, token(0, "two "), token(5, "words"), DONE]), "a gap in style: 5 after 4"),
        (numbered(FINE, 1, 2, 2, 3), "id 2 arrived after id 2"),
        (numbered(FINE, 1, 3, 2, 4), "id 2 arrived after id 3"),
        (numbered([*FINE, DONE]), "data arrived after the end"),
        (numbered(FINE[:-1]), "the stream ended without a terminal event"),
        (numbered(FINE).replace(b'"offset":4', b'"offset":"x"'), "an event can't be read"),
        (numbered(FINE).replace(b"two", b"\xff\xfe"), "an event can't be read"),
        (b"retry: soon\n\n", "an event can't be read"),
        (numbered(FINE).replace(b"event: token", b"event: stage"), "an event's name and its type differ"),
    ],
)
async def test_what_no_stream_may_do_is_found(stream: bytes, detail: str) -> None:
    async with pretending(stream) as url:
        findings = await found(url)
    assert dict(findings.faults) == {"broken stream": 1}
    assert findings.shown_faults == [f"a: {detail}"]


@pytest.mark.parametrize(
    ("content", "status", "fault"),
    [
        ("two word", "completed", "text that differs from what is stored"),
        ("two words", "cancelled", "end that differs from what is stored"),
    ],
)
async def test_what_differs_from_what_is_stored_is_found(content: str, status: str, fault: str) -> None:
    async with pretending(numbered(FINE), content=content, status=status) as url:
        findings = await found(url)
    assert dict(findings.faults) == {fault: 1}
    plan = Plan(url="http://<b>", jobs=1)
    page = to_page(report(plan, findings), findings)
    assert f"PROBLEMS FOUND: 1 × {fault}" in page
    assert "http://&lt;b&gt;" in page


def test_the_shares_of_viewers_are_kept_and_the_same_each_time() -> None:
    plan = Plan(url="http://x", jobs=10, viewers=4, slow=0.1, reconnect=0.25)
    manners = plan.manners()
    assert (manners.count("slow"), manners.count("reconnecting"), len(manners)) == (4, 10, 40)
    assert manners == plan.manners()
    with pytest.raises(SettingsError):
        Plan(url="http://x", slow=0.6, reconnect=0.6).manners()
