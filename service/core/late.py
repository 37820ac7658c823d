"""Loads modules when they are first needed, while the server is running."""

import asyncio
from importlib import import_module


async def loaded(name: str) -> None:
    """Load a module in a thread, so that the event loop continues. A later import then takes no time."""
    await asyncio.to_thread(import_module, name)
