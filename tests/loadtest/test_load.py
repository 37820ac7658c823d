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
from tests.server import free_port

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
    resumed: dict[str, bytes] | None = None,
) -> AsyncGenerator[str]:
    """A server that calls itself a Pressroom, with one article."""

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"model": {}})

    async def start(_: web.Request) -> web.Response:
        return web.Response(text=started, content_type="application/json")

    async def told(request: web.Request) -> web.Response:
        if events is not None:
            return await events()
        if last := request.headers.get("Last-Event-ID"):
            if resumed is None:
                return web.Response(status=204)
            return web.Response(body=resumed[last], content_type="text/event-stream")
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


async def found(*urls: str) -> Findings:
    findings = Findings()
    await Load(Plan(urls=urls, jobs=1, concurrency=1, ramp=0), findings).run()
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
            await Load(Plan(urls=(url,), jobs=1, concurrency=1, ramp=0, stuck=0.5), findings).run()
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


HALF = b"retry: 10\n\n" + numbered(FINE[:2])


async def test_a_viewer_goes_on_at_the_next_server() -> None:
    rest = {"2": b"retry: 10\n\n" + numbered(FINE[2:3], 3)}
    async with pretending(b"", resumed=rest) as one, pretending(HALF, resumed={"3": numbered([DONE], 4)}) as other:
        findings = await found(one, other)
    assert not findings.faults
    assert (findings.events, findings.moves, findings.replays, findings.compared) == (4, 2, 0, 1)


@pytest.mark.parametrize(
    ("there", "detail"),
    [
        (numbered([token(9, "words"), DONE], 3, 4), "a gap in style: 9 after 4"),
        (numbered([token(4, "words"), DONE, DONE], 3, 4, 5), "data arrived after the end"),
        (numbered([token(4, "wordz"), DONE], 3, 4), "text that differs from what is stored"),
    ],
)
async def test_what_another_server_may_not_do_is_found(there: bytes, detail: str) -> None:
    async with pretending(b"", resumed={"2": there}) as one, pretending(HALF) as other:
        findings = await found(one, other)
    assert findings.shown_faults == [f"a: {detail}"]


async def test_a_server_that_begins_anew_is_counted() -> None:
    async with pretending(b"", resumed={"2": numbered(FINE)}) as one, pretending(HALF) as other:
        findings = await found(one, other)
    assert not findings.faults
    assert findings.replays == 1


async def test_each_server_has_to_be_there() -> None:
    async with pretending(numbered(FINE)) as url:
        with pytest.raises(ServerGone, match="unreachable"):
            await found(url, f"http://127.0.0.1:{free_port()}")


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
    plan = Plan(urls=("http://<b>",), jobs=1)
    page = to_page(report(plan, findings), findings)
    assert f"PROBLEMS FOUND: 1 × {fault}" in page
    assert "http://&lt;b&gt;" in page


def test_the_shares_of_viewers_are_kept_and_the_same_each_time() -> None:
    plan = Plan(urls=("http://x",), jobs=10, viewers=4, slow=0.1, reconnect=0.25)
    manners = plan.manners()
    assert (manners.count("slow"), manners.count("reconnecting"), len(manners)) == (4, 10, 40)
    assert manners == plan.manners()
    with pytest.raises(SettingsError):
        Plan(urls=("http://x",), slow=0.6, reconnect=0.6).manners()
