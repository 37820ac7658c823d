"""What is loaded late: when it is first needed, while others are being served."""

import asyncio
from importlib import import_module


async def loaded(name: str) -> None:
    """Load a module in a thread, so that the event loop goes on meanwhile. An import then finds it at once."""
    await asyncio.to_thread(import_module, name)
