"""Writes an article until it is killed: `python -m tests.log.writing URL`."""

import asyncio
import sys

from tests.log.contract import on, stage


async def main() -> None:
    async with on(sys.argv[1]) as log:
        writer = log.writer("a", 1, 1)
        writer.put(stage("started"))
        while True:
            writer.text(("draft", 1)).append("bees ")
            await asyncio.sleep(0.001)


asyncio.run(main())
