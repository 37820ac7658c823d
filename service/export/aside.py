"""Rendering beside the event loop, where tokens must not wait for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# It is all Python: more threads would only take the loop's time, and together they would render no sooner.
_renderer = ThreadPoolExecutor(1, thread_name_prefix="render")


async def aside(make: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `make` makes, when its turn has come."""
    return await asyncio.get_running_loop().run_in_executor(_renderer, lambda: make(*args, **kwargs))
