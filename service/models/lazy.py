"""A model and an image model that are opened on first use, because loading them takes half a second."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from service.core.purse import Purse
from service.core.sentences import Sentence
from service.models.model import ANYTHING, Answer, Asked, Listener, Model, Painter, Want

Opening = Callable[[], AbstractAsyncContextManager[tuple[Model, Painter]]]


class LazyEndpoint:
    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._opened: tuple[Model, Painter] | None = None
        self._one_opens = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        model, _ = await self._open()
        return await model.ask(asked, listener, want)

    def about(self) -> list[Sentence]:
        return [] if self._opened is None else self._opened[0].about()

    async def small(self, listener: Listener | None = None) -> bool:
        model, _ = await self._open()
        return await model.small(listener)

    async def paint(self, prompt: str, purse: Purse | None = None) -> bytes | str:
        _, painter = await self._open()
        return await painter.paint(prompt, purse)

    async def close(self) -> None:
        await self._stack.aclose()

    async def _open(self) -> tuple[Model, Painter]:
        async with self._one_opens:
            if self._opened is None:
                self._opened = await self._stack.enter_async_context(self._opening())
            return self._opened
