"""`pressroom write`: an article, without a server."""

import argparse
import asyncio

from service import app, logs, settings
from service.terminal import command as terminal


def run(words: argparse.Namespace) -> int:
    logs.setup("readable", "warning")
    house = settings.load()
    asked = terminal.brief(words, house.tones)

    async def write() -> int:
        async with app.opened_tools(house) as tools:
            return await terminal.write(asked, tools, app.read_prompts(), output=words.output, live=not words.no_live)

    return asyncio.run(write())
