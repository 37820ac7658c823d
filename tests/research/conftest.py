from collections.abc import AsyncGenerator, Callable
from ipaddress import ip_address
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver

from service.research.fetching import Fetcher, Limits
from tests.research.servers import HERE, Names

LIMITS = {
    "connect": 5,
    "total": 10,
    "max_bytes": 500_000,
    "max_characters": 20_000,
    "reading": 20,
    "readings_at_once": 2,
}
MakeFetcher = Callable[..., Fetcher]


@pytest.fixture
async def fetcher() -> AsyncGenerator[MakeFetcher]:
    """Makes fetchers for which 127.0.0.1, and nothing else, is the public internet."""
    made: list[Fetcher] = []

    def make(resolver: AbstractResolver | None = None, **limits: Any) -> Fetcher:
        made.append(
            Fetcher(
                Limits(**LIMITS | limits),
                allowed=lambda address: address == ip_address(HERE),
                ports=range(65_536),
                resolver=resolver or Names(),
            )
        )
        return made[-1]

    yield make
    for one in made:
        await one.close()
