"""The model over the openai package, on its cheap path: raw bytes, read here, without its per-chunk objects."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass

import aiohttp
import httpx2
import openai

from service.errors import ModelError, ModelTimeout
from service.events import Usage
from service.llm.deadline import Deadline
from service.llm.failures import translated
from service.llm.model import Answer, Listener, Message
from service.llm.reading import Reading
from service.llm.transport import READER, AiohttpTransport

LONGEST_WAIT = 120.0  # a provider that asks for more is not waited for
BACKOFF_CAP = 20.0
DRAIN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    calls_at_once: int
    attempts: int
    backoff: float
    connect: float
    first_token: float
    idle: float
    total: float
    max_characters: int


class OpenAIModel:
    """One pooled client for the process."""

    def __init__(self, client: openai.AsyncOpenAI, name: str, limits: Limits) -> None:
        self._client = client
        self._name = name
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.calls_at_once)

    async def close(self) -> None:
        await self._client.close()

    async def ask(self, messages: list[Message], listener: Listener | None = None) -> Answer:
        usage = Usage()
        attempt = 1
        while True:
            reading = Reading(self._limits.max_characters)
            try:
                async with self._slots:
                    # In a task of its own, because each token resumes all coroutines of the task that waits for it:
                    # from here they are few, from the flow they would be many.
                    await asyncio.create_task(self._attempt(messages, reading, listener))
                return Answer("".join(reading.text_parts).strip(), usage + reading.usage, attempt)
            except ModelError as error:
                usage += reading.usage
                delay = self._delay(attempt, error)
                if delay is None:
                    raise
                attempt += 1
                if listener is not None:
                    listener.retrying(attempt, error, delay)
                await asyncio.sleep(delay)

    def _delay(self, attempt: int, error: ModelError) -> float | None:
        """How long to wait before the next try; None when there is none."""
        if not error.retryable or attempt >= self._limits.attempts:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= LONGEST_WAIT else None
        return min(BACKOFF_CAP, self._limits.backoff * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)

    async def _attempt(self, messages: list[Message], reading: Reading, listener: Listener | None) -> None:
        limits = self._limits
        try:
            async with (
                asyncio.timeout(limits.total),
                Deadline(limits.first_token, every=min(limits.first_token, limits.idle)) as deadline,
                self._stream(messages) as stream,
            ):
                async for data in stream:
                    text = reading.feed(data)
                    if reading.alive:
                        deadline.put_off(limits.idle)
                    if text and listener is not None:
                        listener.append(text)
                    if reading.done:
                        await _drain(stream)
                        break
        except TimeoutError:
            if reading.finish_reason is None:
                raise ModelTimeout("the model took too long") from None
        except (openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError) as error:
            if reading.finish_reason is None:
                raise translated(error, self._client.api_key, begun=bool(reading.text_parts)) from None
        rest = reading.rest()
        if rest and listener is not None:
            listener.append(rest)
        if failure := reading.failure():
            raise failure

    @asynccontextmanager
    async def _stream(self, messages: list[Message]) -> AsyncGenerator[AsyncIterator[bytes]]:
        body: dict[str, object] = {
            "model": self._name,
            "messages": [asdict(message) for message in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        # The package's chat.completions.create() would first walk through the types of all its fields.
        answer = await self._client.post(
            "/chat/completions",
            cast_to=object,
            body=body,
            options={"headers": {"Accept-Encoding": "identity"}},  # below, no layer decompresses
            stream=True,
            stream_cls=openai.AsyncStream[object],
        )
        async with answer:
            # The response's own iterators would add five generators to every token.
            reader = answer.response.extensions.get(READER)
            yield answer.response.aiter_raw() if reader is None else reader.iter_any()


async def _drain(stream: AsyncIterator[bytes]) -> None:
    """Read the end of a finished response, so that its connection can be used again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN):
            async for _ in stream:
                pass


def connect(*, api_key: str | None, base_url: str | None, name: str, limits: Limits) -> OpenAIModel:
    transport = AiohttpTransport(connections=limits.calls_at_once, connect_timeout=limits.connect)
    client = openai.AsyncOpenAI(
        api_key=api_key or "none",  # mandatory even for servers that need none
        base_url=base_url,
        max_retries=0,
        timeout=None,
        http_client=httpx2.AsyncClient(transport=transport, timeout=None, follow_redirects=True),
    )
    return OpenAIModel(client, name, limits)
