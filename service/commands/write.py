"""`pressroom write`: writes an article without a server."""

import argparse
import asyncio

from service import app, chosen, logs, settings
from service.commands import fetch
from service.terminal import command as terminal


def run(arguments: argparse.Namespace) -> int:
    logs.setup("readable", "warning")
    loaded = settings.load()
    asked = terminal.brief(arguments, loaded.tones)
    fetch.at_a_terminal(loaded)
    model = chosen.choose(loaded)

    async def write() -> int:
        async with app.opened_tools(loaded, model) as tools:
            return await terminal.write(
                asked, tools, app.read_prompts(), output=arguments.output, live=not arguments.no_live
            )

    return asyncio.run(write())
