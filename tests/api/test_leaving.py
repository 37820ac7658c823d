import asyncio

import pytest
from fastapi import HTTPException, Request
from starlette.types import Message

from service.api.leaving import while_asked


async def test_work_ends_when_whoever_asked_for_it_has_gone() -> None:
    gone, begun, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    asked = asyncio.create_task(while_asked(Request({"type": "http"}, receive), work()))
    await begun.wait()
    gone.set()
    with pytest.raises(HTTPException):
        await asked
    async with asyncio.timeout(10):
        await ended.wait()


async def test_work_and_its_errors_are_handed_on() -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def fails() -> int:
        raise ZeroDivisionError

    async def answers() -> int:
        return 1

    request = Request({"type": "http"}, receive)
    assert await while_asked(request, answers()) == 1
    with pytest.raises(ZeroDivisionError):
        await while_asked(request, fails())
