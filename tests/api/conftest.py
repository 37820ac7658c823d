"""One real server for a module's tests."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.server import Server, serving


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Server]:
    folder: Path = tmp_path_factory.mktemp("data")
    async with serving(folder, PRESSROOM_HEARTBEAT="0.2", PRESSROOM_DEMO_FIRST_TOKEN="0.05") as running:
        yield running
