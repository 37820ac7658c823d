from collections.abc import Generator

import pytest

from tests import postgres
from tests.log.articles import stored


@pytest.fixture
def url() -> Generator[str]:
    with postgres.url() as url:
        stored(url, "a", 1)
        yield url
