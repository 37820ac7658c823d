"""A store of each kind, and others on the same data."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.postgres import KINDS
from tests.store.contract import STORES, Another, Store


@pytest_asyncio.fixture(params=KINDS)
async def another(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Another]:
    async with STORES[request.param](tmp_path) as another:
        yield another


@pytest_asyncio.fixture
async def store(another: Another) -> Store:
    return await another()
