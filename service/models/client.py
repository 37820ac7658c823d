"""The model, through the openai package's raw responses: parsing the bytes here avoids its objects per chunk."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx2
import openai

from service.core.events import Usage
from service.core.model_errors import (
    ModelContextExceeded,
    ModelError,
    ModelLooped,
    ModelRejected,
    ModelTimeout,
    ModelTruncated,
)
from service.core.pace import Pace
from service.core.sentences import Sentence
from service.core.tally import ModelTally
from service.core.work import at_work
from service.models.about import about
from service.models.bounds import IDENTITY, bounded
from service.models.capabilities import Capabilities
from service.models.deadline import Deadline
from service.models.failures import NO_KEY, translated
from service.models.found import Look, Server, look
from service.models.model import ANYTHING, CALLS, Answer, Asked, Listener, Message, Want
from service.models.progress import Progress
from service.models.reading import Reading
from service.models.transport import PUSH, PushTransport, Take
from service.models.window import Window, overflow

LONGEST_WAIT = 120.0  # seconds; a longer Retry-After is not waited for
BACKOFF_CAP = 20.0
BY_CHANCE = 3  # attempts where only chance makes the next one better: at a limit without any text, or in a loop
UNKNOWN_FIELD = (400, 422)  # statuses of a request with a field that the server does not take
CHARACTERS = 8  # a token, at most: a limit for servers that ignore ours
SHORTENINGS = 10  # of a prompt, at most, until its server accepts it
UNTOLD = 8_000  # tokens of an answer that does not say how long it will be, where somebody pays for it
THOUGHTS = 4_000  # more tokens for a model that was seen to reason before it answers
OF_SMALL = 0.5  # of the tokens an answer may have: small models write until they are stopped
OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    calls_at_once: int | None  # None: as many as the server has slots
    attempts: int
    backoff: float
    connect: float
    first_token: float
    idle: float
    total: float  # of a call with all attempts and waits, except waiting for one of `calls_at_once`
    max_characters: int
    window: int | None = None  # tokens; None: as many as the server tells


class OpenAIModel:
    """One pooled client per process."""

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        http: httpx2.AsyncClient,
        name: str,
        limits: Limits,
        tally: ModelTally | None = None,
        look: Look | None = None,
    ) -> None:
        """`http` is what the client sends its requests with. `look` asks what the server tells about itself."""
        self.client = client
        self._http = http
        self._url = client.base_url.join("chat/completions")
        self._headers = httpx2.Headers(_headers(client))
        self.name = name
        self._limits = limits
        self.calls_at_once = limits.calls_at_once or CALLS
        self._slots = asyncio.Semaphore(self.calls_at_once)
        self.server = Server(look)
        self.window = Window(limits.window)
        self.capabilities = Capabilities(str(client.base_url))
        self.tally = tally or ModelTally()

    async def close(self) -> None:
        await self.client.close()

    def about(self) -> list[Sentence]:
        return about(self.name, self.server.found, self.capabilities, self.window.size, self.calls_at_once)

    async def small(self, listener: Listener | None = None) -> bool:
        with Progress(listener):
            await self.look()
        return self.server.found.small

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        with Progress(listener) as progress:
            await self.look()
            return await self._ask(asked, listener, want, progress)

    async def _ask(self, asked: Asked, listener: Listener | None, want: Want, progress: Progress) -> Answer:
        now = asyncio.get_running_loop().time
        work, left, attempt, shortened = at_work(), self._limits.total, 1, 0
        while True:
            messages, fitting = self.window.fitted(asked, self._wanted(want))
            reading = Reading(self._longest(fitting))
            async with self._slots:
                began, progress.reading = now(), reading
                try:
                    async with self._paid(messages, fitting, reading):
                        await self._counted(messages, fitting, reading, listener, left)
                    self.window.counted(messages, reading.usage, cut=reading.cut)
                    self.server.answered()
                    return Answer(reading.text.strip(), reading.cut)
                except ModelError as error:
                    failure = error
                finally:
                    work.usage += self._cost(messages, reading)
                    progress.reading = None
                    self.capabilities.reasons |= reading.reasons
            left -= now() - began
            if isinstance(failure, ModelContextExceeded) and shortened < SHORTENINGS:
                self.window.refused(failure, messages, fitting)
                shortened += 1
                if reading.text_parts and listener is not None:
                    listener.retrying(attempt, failure, 0.0)
                continue  # with less of the material
            delay = self._delay(attempt, failure)
            if delay is None or delay >= left:
                if isinstance(failure, ModelLooped) and (text := reading.text.strip()):
                    return Answer(text, cut=True)  # little, but it can do no better
                raise failure
            left -= delay
            attempt += 1
            work.attempts += 1
            self.tally.retries[failure.code] += 1
            if listener is not None:
                listener.retrying(attempt, failure, delay)
            await asyncio.sleep(delay)

    async def look(self) -> None:
        """Learn what the server tells about itself."""
        if not await self.server.learn():
            return
        found = self.server.found
        self.window.size = self._limits.window or found.window or self.window.size
        if self._limits.calls_at_once is None and found.slots and found.slots != self.calls_at_once:
            self.calls_at_once = found.slots
            self._slots = asyncio.Semaphore(found.slots)

    def _paid(self, messages: list[Message], want: Want, reading: Reading) -> AbstractAsyncContextManager[None]:
        """Pays for an attempt, if somebody does."""
        if want.purse is None:
            return nullcontext()
        most = Usage(self.window.most(messages), want.tokens or UNTOLD)
        return want.purse.paying(self.name, most, lambda: self._cost(messages, reading))

    def _wanted(self, want: Want) -> Want:
        """More for a model that reasons, less for a small one."""
        if want.tokens is None:
            return want if want.purse is None else replace(want, tokens=UNTOLD)
        share = OF_SMALL if self.server.found.small else 1
        return replace(want, tokens=int(share * want.tokens) + THOUGHTS * self.capabilities.reasons)

    def _longest(self, want: Want) -> int:
        """Characters."""
        most = self._limits.max_characters
        return most if want.tokens is None else min(most, CHARACTERS * want.tokens)

    def _delay(self, attempt: int, error: ModelError) -> float | None:
        """Seconds before the next attempt; None if there is none."""
        attempts = self._limits.attempts
        if isinstance(error, ModelTruncated | ModelLooped):
            attempts = min(attempts, BY_CHANCE)
        if not error.retryable or attempt >= attempts:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= LONGEST_WAIT else None
        return min(BACKOFF_CAP, self._limits.backoff * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)

    def _cost(self, messages: list[Message], reading: Reading) -> Usage:
        """The tokens as the server counted them, or else as we did: it tells nothing of an answer that we end."""
        if reading.usage.completion_tokens or not (reading.deltas or reading.given_up):
            return reading.usage
        return Usage(self.window.tokens(messages), reading.deltas)

    async def _counted(
        self, messages: list[Message], want: Want, reading: Reading, listener: Listener | None, total: float
    ) -> None:
        outcome = "cancelled"
        try:
            await self._attempt(messages, want, reading, listener, total)
            self.tally.last = outcome = "ok"
        except ModelError as error:
            self.tally.last = outcome = error.code
            reading.given_up = isinstance(error, ModelTimeout)
            raise
        except asyncio.CancelledError:
            reading.given_up = True
            raise
        finally:
            self.tally.outcomes[outcome] += 1

    async def _attempt(
        self, messages: list[Message], want: Want, reading: Reading, listener: Listener | None, total: float
    ) -> None:
        limits, now = self._limits, asyncio.get_running_loop().time
        began, append = now(), listener.append if listener is not None else _nobody

        def first(text: str) -> None:
            nonlocal hear
            hear = append
            self.tally.first_token.add(now() - began)
            append(text)

        hear = first  # so that only the first text is measured
        try:
            async with (
                asyncio.timeout(total),
                Deadline(limits.first_token, every=min(limits.first_token, limits.idle)) as deadline,
                self._stream(messages, want) as response,
            ):

                def take(data: bytes) -> bool:
                    text = reading.feed(data)
                    if reading.alive:
                        deadline.put_off(limits.idle)
                    if text:
                        hear(text)
                    return reading.done

                await _read(response, take)
        except TimeoutError:
            if reading.finish_reason is None:
                raise ModelTimeout() from None
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            if reading.finish_reason is None:
                raise translated(error, self.client.api_key, begun=bool(reading.text_parts)) from None
        rest = reading.rest()
        if rest:
            hear(rest)
        if failure := reading.failure():
            raise failure

    @asynccontextmanager
    async def _stream(self, messages: list[Message], want: Want) -> AsyncGenerator[httpx2.Response]:
        response = await self._accepted(messages, want)
        try:
            yield response
        finally:
            await response.aclose()

    async def _accepted(self, messages: list[Message], want: Want) -> httpx2.Response:
        """The response to a request with as many of the optional fields as the server accepts."""
        while True:
            fields = self.capabilities.fields(want)
            response = await self._send(messages, fields)
            if response.is_success and not response.headers.get("content-type", "").startswith("text/html"):
                return response
            try:
                if response.is_success:
                    raise ModelRejected("page", url=str(self._url))
                error = await _refused(response)
            finally:
                await response.aclose()
            if exceeded := overflow(f"{error.message} {error.body}"):
                raise exceeded
            learnt = self.capabilities.fields(want) != fields  # by another call meanwhile
            if error.status_code not in UNKNOWN_FIELD or not (learnt or self.capabilities.learn(error.message, fields)):
                raise error

    async def _send(self, messages: list[Message], fields: dict[str, Any]) -> httpx2.Response:
        body: dict[str, object] = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "stream": True,
            **fields,
        }
        # The package would take a millisecond for what is the same each time: options, headers, types of all fields.
        content = json.dumps(body, ensure_ascii=False).encode(errors="replace")
        request = httpx2.Request("POST", self._url, headers=self._headers, content=content)
        return await self._http.send(request, stream=True)


def _headers(client: openai.AsyncOpenAI) -> list[tuple[str, str]]:
    """What the package sends with every request."""
    headers = {**client.default_headers, **client.auth_headers, **IDENTITY}
    return [(key, value) for key, value in headers.items() if isinstance(value, str)]


async def _refused(response: httpx2.Response) -> openai.APIStatusError:
    """As the package raises it."""
    text = (await response.aread()).decode(errors="replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = text
    said = body.get("error", body) if isinstance(body, dict) else body
    return openai.APIStatusError(text, response=response, body=said)


def _nobody(text: str) -> None:
    """Ignores text, for answers that are used only when complete."""


async def _read(response: httpx2.Response, take: Take) -> None:
    if push := response.extensions.get(PUSH):
        await push(take)
        return
    async for data in response.aiter_raw():
        if take(data):
            break


def connect(
    *,
    api_key: str | None,
    base_url: str | None,
    name: str,
    limits: Limits,
    tally: ModelTally | None = None,
    pace: Pace | None = None,
    transport: PushTransport | None = None,
    looks: float | None = None,
) -> OpenAIModel:
    """Without a transport, the environment's proxies are used. `looks`: for how many seconds to ask the server what it
    tells about itself; None: not at all."""
    url = base_url or OPENAI
    http = _way(httpx2.URL(url), limits, pace, transport)
    client = openai.AsyncOpenAI(api_key=api_key or NO_KEY, base_url=url, max_retries=0, timeout=None, http_client=http)
    told = None if looks is None else partial(look, http, url, _headers(client), name, within=looks)
    return OpenAIModel(client, http, name, limits, tally, told)


def _way(url: httpx2.URL, limits: Limits, pace: Pace | None, transport: PushTransport | None) -> httpx2.AsyncClient:
    """Our own transport, or httpx2's if there is a proxy."""
    hooks: dict[str, list[Callable[..., Any]]] = {"response": [bounded]}
    if transport is None and getproxies().keys() & {url.scheme, "all"} and not proxy_bypass(url.host):
        return httpx2.AsyncClient(timeout=httpx2.Timeout(None, connect=limits.connect), event_hooks=hooks)
    transport = transport or PushTransport(connect_timeout=limits.connect, pace=pace)
    return httpx2.AsyncClient(transport=transport, timeout=None, event_hooks=hooks)
