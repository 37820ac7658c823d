"""Nothing here may reach beyond this machine; and respx, which knows httpcore, learns httpcore2."""

import gc
import inspect
import os
import sys
from pathlib import Path
from typing import Any

import httpcore2
import pytest
import respx.mocks
import respx.models
from hypothesis import settings

from tests.environment import ALONE
from tests.examples import examples
from tests.loopback import refuse_all_else

# How long an example takes says more of the machine than of the code; tests that mean time measure it.
settings.register_profile("pressroom", deadline=None, max_examples=examples(100))
settings.load_profile("pressroom")
refuse_all_else()
gc.disable()  # until all is collected
os.environ.update(ALONE)

HERE = Path(__file__).parent
ROOMS_WITH_SERVERS = {"api", "clients", "page"}  # whose asynchronous tests ask one
STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"}


class StartsProcess(RuntimeError):
    """A test that is to start no process starts one; it wants the mark `process`."""


def pytest_configure(config: pytest.Config) -> None:
    tests_run_here = hasattr(config, "workerinput") or not config.getoption("numprocesses", None)
    if tests_run_here and "not process" in config.option.markexpr:
        sys.addaudithook(_start_nothing)


def _start_nothing(event: str, arguments: tuple[Any, ...]) -> None:
    if event in STARTS and arguments[:1] != ("uname",):  # by which Python learns what the processor is
        raise StartsProcess(event)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        room = item.path.relative_to(HERE).parts[0]
        if room in ROOMS_WITH_SERVERS and inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker("process")
    items.sort(key=lambda item: item.get_closest_marker("process") is None)  # what takes long is not left to the end


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was collected stays to the end: the garbage collector need not look through it again and again."""
    gc.freeze()
    gc.enable()


class HTTPCore2Mocker(respx.mocks.HTTPCoreMocker):
    name = "httpcore2"
    targets = [target.replace("httpcore.", "httpcore2.") for target in respx.mocks.HTTPCoreMocker.targets]  # noqa: RUF012

    @classmethod
    def from_sync_httpx_response(cls, httpx_response: Any, target: Any, **kwargs: Any) -> httpcore2.Response:
        return httpcore2.Response(
            status=httpx_response.status_code,
            headers=httpx_response.headers.raw,
            content=httpx_response.stream,
            extensions=httpx_response.extensions,
        )


respx.mocks.DEFAULT_MOCKER = HTTPCore2Mocker.name
