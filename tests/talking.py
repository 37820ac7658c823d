"""A client of the chat, as the rules make it: what every client has to do, and no more."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import websockets

from tests.server import Server

PATIENCE = 60


@dataclass
class Client:
    socket: websockets.ClientConnection
    id: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    text: str | None = None  # of the answer that is being given
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def say(self, content: str) -> None:
        await self.send("message", content=content)

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            message = json.loads(await self.socket.recv())
        self.heard.append(message)
        getattr(self, f"_{message['type']}", lambda _: None)(message)
        return message

    async def until(self, kind: str, enough: Callable[["Client"], bool] = lambda _: True) -> dict[str, Any]:
        """Hear until a message of the kind comes, and it is enough."""
        while True:
            message = await self.hear()
            if message["type"] == kind and enough(self):
                return message

    async def ask(self, content: str) -> dict[str, Any]:
        """The end of the answer to a message."""
        await self.say(content)
        return await self.until("end")

    @property
    def kinds(self) -> list[str]:
        return [message["type"] for message in self.heard]

    @property
    def said(self) -> list[tuple[str, str]]:
        return [(message["role"], message["content"]) for message in self.messages]

    def _conversation(self, message: dict[str, Any]) -> None:
        self.id, self.messages = message["id"], message["messages"]

    def _start(self, message: dict[str, Any]) -> None:
        question = message["question"]
        self.messages = [said for said in self.messages if said["number"] < question["number"]]
        self.messages.append({"role": "user", **question})
        self.text = ""

    def _chunk(self, message: dict[str, Any]) -> None:
        held = (self.text or "").encode("utf-16-le")
        assert self.text is not None, "a chunk before its start"
        assert 2 * message["offset"] <= len(held), f"a gap: {message['offset']} after {len(held) // 2}"
        self.text = (held[: 2 * message["offset"]] + message["content"].encode("utf-16-le")).decode("utf-16-le")

    def _end(self, message: dict[str, Any]) -> None:
        self.messages.append({"role": "assistant", "content": self.text, "number": message["number"]})
        self.text = None

    def _error(self, message: dict[str, Any]) -> None:
        if message["ended"]:
            self.text = None


@asynccontextmanager
async def talking(server: Server, query: str = "", **options: Any) -> AsyncGenerator[Client]:
    """A client that has heard what was said so far."""
    async with websockets.connect(f"{server.url.replace('http', 'ws')}/ws{query}", **options) as socket:
        client = Client(socket)
        assert (await client.hear())["type"] == "conversation"
        yield client
