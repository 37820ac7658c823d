"""The demo model's server: OpenAI's routes on a loopback port."""

import asyncio
import time
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from service.core.events import Usage
from service.demo import picture, wire
from service.demo.asked import read
from service.demo.broken_streams import STATUSES
from service.demo.faults import Faults, fits, script
from service.demo.holds import Hold, Wanted
from service.demo.ledger import Call, Counts, Ledger
from service.demo.script import End, Script
from service.demo.stream import Pace, Stream, abort, silence
from service.models.model import Message

MAX_BODY = 16 * 1024 * 1024
BACKLOG = 1024
CLOSE_WITHIN = 0.02  # seconds for streams to end by themselves

NO_FAULTS = Faults()


class DemoModel:
    """A running demo model."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self.url = url
        self._ledger = ledger

    @property
    def counts(self) -> Counts:
        return self._ledger.counts()

    def hold(self, stage: str, after: int = 0) -> None:
        """Hold future calls of a stage ("outline", "section", "section 2", …), after some tokens."""
        self._ledger.holds.hold(stage, after)

    def release(self, stage: str | None = None) -> None:
        """Release held calls of a stage, or all."""
        self._ledger.holds.release(stage)

    @property
    def calls(self) -> list[Call]:
        """The last thousand calls."""
        return list(self._ledger.calls)


@asynccontextmanager
async def serving(
    *, host: str = "127.0.0.1", port: int = 0, pace: Pace, faults: Faults = NO_FAULTS
) -> AsyncGenerator[DemoModel]:
    """Serve the demo model within the block; port 0 picks a free one."""
    ledger = Ledger()
    app = Routes(pace, faults, ledger).app()
    # Without handler_cancellation, a handler notices a disconnected client only when it writes.
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=CLOSE_WITHIN)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=BACKLOG)
        await site.start()
        yield DemoModel(f"{site.name}/v1", ledger)
    finally:
        ledger.closing = True
        _drop_clients(runner)
        await runner.cleanup()


def _drop_clients(runner: web.AppRunner) -> None:
    # A proper close would wait until everything is sent: forever, if a client has stopped reading.
    for connection in runner.server.connections if runner.server else ():
        if connection.transport is not None:
            connection.transport.abort()


class Routes:
    def __init__(self, pace: Pace, faults: Faults, ledger: Ledger) -> None:
        self._pace = pace
        self._retry_after = faults.retry_after
        self._draws = faults.draws()
        self._ledger = ledger

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY, middlewares=[_openai_errors])
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_post("/v1/images/generations", self._paint)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/counts", self._counts)
        app.router.add_post("/hold", self._hold)
        app.router.add_post("/release", self._release)
        return app

    async def _models(self, _: web.Request) -> web.Response:
        return _json(wire.models())

    async def _counts(self, _: web.Request) -> web.Response:
        return _json(msgspec.json.encode(self._ledger.counts()))

    async def _hold(self, request: web.Request) -> web.Response:
        try:
            wanted = msgspec.json.decode(await request.read(), type=Wanted)
            self._ledger.holds.hold(wanted.stage or "", wanted.after)
        except (msgspec.DecodeError, ValueError) as mistake:
            return _error(400, f"{mistake}", "invalid_request_error")
        return await self._counts(request)

    async def _release(self, request: web.Request) -> web.Response:
        try:
            self._ledger.holds.release(msgspec.json.decode(await request.read(), type=Wanted).stage)
        except msgspec.DecodeError as mistake:
            return _error(400, f"{mistake}", "invalid_request_error")
        return await self._counts(request)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        try:
            asking = wire.decode(await request.read())
        except (msgspec.DecodeError, UnicodeDecodeError) as mistake:
            return _error(400, f"The request can't be read: {mistake}", "invalid_request_error")
        asked = read(asking.messages)
        fault = next(self._draws)
        fault = fault if fault and fits(fault, asked.kind) else None
        with self._ledger.entry(Call(asked.kind, asking.messages), fault) as number:
            if fault in STATUSES:
                return self._refused(STATUSES[fault])
            told = script(asked, fault)
            hold = self._ledger.holds.at(asked.kind, asked.number)
            usage = Usage(_tokens(asking.messages), len(told.pieces))
            if not asking.stream:
                return await self._whole(request, number, told, usage, hold)
            wanted = asking.stream_options is not None and asking.stream_options.include_usage
            stream = Stream(request, wire.Chunks(number, int(time.time())), self._pace, self._ledger)
            return await stream.play(told, usage if wanted else None, hold)

    async def _paint(self, request: web.Request) -> web.Response:
        fault = next(self._draws)
        asked = Call("image", [Message("user", msgspec.json.encode(await request.json()).decode())])
        with self._ledger.entry(asked, fault if fault in STATUSES else None):
            if fault in STATUSES:
                return self._refused(STATUSES[fault])
            if hold := self._ledger.holds.at("image"):
                await hold.wait()
            return _json(wire.picture(int(time.time()), picture.png(zlib.crc32(asked.messages[0].content.encode()))))

    def _refused(self, status: int) -> web.Response:
        if status == 429:
            response = _error(status, "Too many requests (a demo fault).", "requests", "rate_limit_exceeded")
            response.headers["Retry-After"] = f"{self._retry_after:g}"
            return response
        return _error(status, "The server had an error (a demo fault).", "server_error")

    async def _whole(
        self, request: web.Request, number: int, told: Script, usage: Usage, hold: Hold | None
    ) -> web.Response:
        if hold is not None:
            await hold.wait()
        await asyncio.sleep(self._pace.at(len(told.pieces)))
        if told.end in (End.SILENCE, End.COMMENTS):
            await silence()
        if told.end is End.ABORT:
            abort(request)
        self._ledger.tokens += len(told.pieces)
        return _json(wire.completion(number, int(time.time()), told, usage))


@web.middleware
async def _openai_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPError as error:
        message = f"{error.reason}: {request.method} {request.path}"
        return _error(error.status, message, "invalid_request_error")
    except ConnectionError:
        # The client has disconnected. This response avoids a logged traceback.
        return web.Response()


def _tokens(messages: list[Message]) -> int:
    return sum(len(message.content.split()) for message in messages)


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")


def _error(status: int, message: str, kind: str, code: str | None = None) -> web.Response:
    return _json(wire.error(message, kind, code), status)
