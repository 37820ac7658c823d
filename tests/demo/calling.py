"""Prompts as the service makes them, and ways to send them to a demo model."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from openai import AsyncOpenAI, DefaultAioHttpClient
from openai.types.chat import ChatCompletionChunk

from service.core.brief import Brief
from service.demo import DemoModel, Pace
from service.demo.wire import MODEL
from service.models.model import Message
from service.settings import ROOT
from service.stages.prompts import Prompts

FAST = Pace(tokens_per_second=50_000, first_token=0)

_prompts = Prompts(ROOT / "config" / "prompts")


def outline(topic: str = "tea", sections: int = 3) -> list[Message]:
    return _prompts.ask("outline", Brief(topic=topic), max_sections=sections)


def section(number: int = 1, title: str = "Leaves", words: int = 100, topic: str = "tea") -> list[Message]:
    return _prompts.ask(
        "section",
        Brief(topic=topic),
        outline=f"{number}. {title}",
        number=number,
        title=title,
        covers="what it covers",
        leaves="what it leaves",
        counting="",
        words=words,
    )


def style(draft: str) -> list[Message]:
    return _prompts.ask("style", Brief(topic="tea"), draft=draft)


def chat(text: str) -> list[Message]:
    return [Message("user", text)]


def body(messages: list[Message], **more: object) -> dict[str, Any]:
    said = [{"role": message.role, "content": message.content} for message in messages]
    return {"model": MODEL, "messages": said, "stream": True} | more


def plain(messages: list[Message]) -> dict[str, Any]:
    return body(messages, stream=False)


@asynccontextmanager
async def openai_client(demo: DemoModel) -> AsyncGenerator[AsyncOpenAI]:
    async with AsyncOpenAI(
        api_key="any", base_url=demo.url, max_retries=0, http_client=DefaultAioHttpClient(verify=False)
    ) as client:
        yield client


async def chunks(demo: DemoModel, messages: list[Message], **more: object) -> list[ChatCompletionChunk]:
    """The answer's chunks as the openai client reads them."""
    async with (
        openai_client(demo) as client,
        await client.chat.completions.create(**body(messages, **more)) as stream,
    ):
        return [chunk async for chunk in stream]


async def answer(demo: DemoModel, messages: list[Message]) -> str:
    """The text of a streamed answer."""
    return content(await chunks(demo, messages))


def content(received: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in received if chunk.choices)


def finish_reason(received: list[ChatCompletionChunk]) -> str | None:
    return next((c.choices[0].finish_reason for c in reversed(received) if c.choices), None)


@asynccontextmanager
async def post(demo: DemoModel, messages: list[Message]) -> AsyncGenerator[aiohttp.ClientResponse]:
    """A streamed answer in bytes."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{demo.url}/chat/completions", json=body(messages)) as response,
    ):
        yield response


async def deltas(response: aiohttp.ClientResponse, enough: int) -> list[str]:
    """So many deltas of content, from a stream that need not end."""
    found: list[str] = []
    while len(found) < enough:
        event = await response.content.readuntil(b"\n\n")
        if event.startswith(b"data: {"):
            found.append(json.loads(event[6:])["choices"][0]["delta"].get("content", ""))
    return found
