"""`pressroom write`: writes an article without a server."""

import argparse
import asyncio

from service import app, logs, settings
from service.terminal import command as terminal


def run(arguments: argparse.Namespace) -> int:
    logs.setup("readable", "warning")
    loaded = settings.load()
    asked = terminal.brief(arguments, loaded.tones)

    async def write() -> int:
        async with app.opened_tools(loaded) as tools:
            return await terminal.write(
                asked, tools, app.read_prompts(), output=arguments.output, live=not arguments.no_live
            )

    return asyncio.run(write())
