"""Errors by what people read of them."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from service.core.errors import PressroomError
from service.messages import say


@contextmanager
def raises(kind: type[PressroomError], saying: str) -> Generator[pytest.ExceptionInfo[Any]]:
    with pytest.raises(kind) as caught:
        yield caught
    said = say(caught.value.sentence)
    assert re.search(saying, said), said
