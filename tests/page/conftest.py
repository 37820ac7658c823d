"""A real server, and a real browser that looks at it."""

import asyncio
import inspect
import json
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from service import demo
from service.demo import DemoModel
from tests.environment import inherited
from tests.page.proxy import PathProxy, proxying
from tests.warm import Process, pressroom

# The shell is the same browser without its own windows, and costs a third.
SHELL = Path("/usr/lib/chromium/chromium-headless-shell")
CHROMIUM = SHELL if SHELL.exists() else Path("/usr/bin/chromium")
# A browser left alone asks its maker for news; none of that belongs into a test.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PATIENCE = 120  # seconds, for a machine on which much else runs

expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One loop for all of them, since they share the browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@dataclass
class Server:
    """A `pressroom` of its own, with settings as in the environment."""

    data: Path
    settings: dict[str, str]
    port: int = 0
    process: Process | None = None
    begun: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def live(self, job: str) -> str:
        return f"{self.url}/progress.html?job_id={job}"

    async def started(self) -> "Server":
        """Running, now that somebody needs it."""
        if self.process is None:
            await self.start()
        return self

    async def start(self) -> None:
        self.port = self.port or _free_port()
        own = {"PRESSROOM_DATA_DIR": str(self.data), "PRESSROOM_PORT": str(self.port)}
        self.process = await pressroom(env=inherited() | own | self.settings)
        async with asyncio.timeout(PATIENCE):
            while not await self._answers():
                assert self.process.returncode is None, "pressroom did not start"
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self.process is None:
            return
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        await self.process.wait()

    async def begin(self, topic: str) -> str:
        self.begun.append((await self.ask("start-job", {"topic": topic}))["job_id"])
        return self.begun[-1]

    async def written(self, topic: str, content: str = "", **brief: Any) -> str:
        """An article whose run has ended, in a second version if it is to have this text."""
        job = (await self.ask("articles/create", {"topic": topic, **brief}))["id"] if brief else await self.begin(topic)
        await asyncio.to_thread(_read, urllib.request.Request(f"{self.url}/progress/{job}"))
        if content:
            await self.ask(f"articles/{job}", {"version": 1, "title": topic, "content": content}, "PATCH")
        return job

    async def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/{path}", data, headers, method=method)
        return json.loads(await asyncio.to_thread(_read, request))

    async def _answers(self) -> bool:
        try:
            return (await self.ask("healthz"))["status"] == "ok"
        except OSError:
            return False


def _read(request: urllib.request.Request) -> bytes:
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return response.read()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


SETTINGS = {
    "fast": {"PRESSROOM_DEMO_TOKENS_PER_SECOND": "2000", "PRESSROOM_DEMO_FIRST_TOKEN": "0.05"},
    "slow": {"PRESSROOM_DEMO_TOKENS_PER_SECOND": "120", "PRESSROOM_DEMO_FIRST_TOKEN": "0.4"},
    "narrow": {
        "PRESSROOM_ARTICLES_AT_ONCE": "1",
        "PRESSROOM_ARTICLES_WAITING": "2",
        "PRESSROOM_SWEEP_INTERVAL": "0.2",
        "PRESSROOM_DEMO_FIRST_TOKEN": "30",
    },
    "under_a_path": {"PRESSROOM_ROOT_PATH": "/press", "PRESSROOM_DEMO_TOKENS_PER_SECOND": "2000"},
    "modelless": {
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "PRESSROOM_MODEL_ATTEMPTS": "1",
    },
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def held_model() -> AsyncIterator[DemoModel]:
    async with demo.serving(pace=demo.Pace(2000, 0)) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def model(held_model: DemoModel) -> AsyncIterator[DemoModel]:
    """Writes what `held_server` asks for, and can be held at any stage."""
    yield held_model
    held_model.release()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory, held_model: DemoModel) -> AsyncIterator[dict[str, Server]]:
    held = {"OPENAI_BASE_URL": held_model.url}
    settings = SETTINGS | {"held": held, "painting": held | {"PRESSROOM_IMAGE_MODEL": "demo"}}
    all_of_them = {name: Server(tmp_path_factory.mktemp(name), own) for name, own in settings.items()}
    try:
        yield all_of_them
    finally:
        await asyncio.gather(*(server.stop() for server in all_of_them.values()))


@pytest_asyncio.fixture(loop_scope="session")
async def server(servers: dict[str, Server]) -> Server:
    """Writes an article in half a second."""
    return await servers["fast"].started()


@pytest_asyncio.fixture(loop_scope="session")
async def slow_server(servers: dict[str, Server]) -> Server:
    """Takes its time, as a real model does."""
    return await servers["slow"].started()


@pytest_asyncio.fixture(loop_scope="session")
async def held_server(servers: dict[str, Server]) -> Server:
    """Writes as far as `model` is not held, so that there is a middle to do something in."""
    return await servers["held"].started()


@pytest_asyncio.fixture(loop_scope="session")
async def painting_server(servers: dict[str, Server]) -> Server:
    """The same, and makes pictures."""
    return await servers["painting"].started()


@pytest_asyncio.fixture(loop_scope="session")
async def modelless_server(servers: dict[str, Server]) -> Server:
    """Has a model set up, which can't be reached."""
    return await servers["modelless"].started()


@pytest_asyncio.fixture(loop_scope="session")
async def under_a_path(servers: dict[str, Server]) -> AsyncIterator[str]:
    """The address of a server whose proxy takes a path away."""
    server = await servers["under_a_path"].started()
    async with proxying(server.port, PathProxy) as proxy:
        yield f"http://127.0.0.1:{proxy.port}/press/"


@pytest_asyncio.fixture(loop_scope="session")
async def narrow_server(servers: dict[str, Server]) -> AsyncIterator[Server]:
    """Writes one article at a time, and never gets done; two more may wait."""
    narrow = await servers["narrow"].started()
    yield narrow
    for job in narrow.begun:
        with suppress(urllib.error.HTTPError):  # stopped already
            await narrow.ask(f"articles/{job}/cancel", {})
    narrow.begun.clear()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@dataclass
class Watched:
    """What must not happen on any page, whatever the test is about."""

    wrong: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def watch(self, page: Page) -> None:
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or request.url))
        page.on("pageerror", lambda error: self.wrong.append(f"uncaught: {error}"))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        page.on("console", lambda message: self._told(message.type, message.text))

    def _told(self, kind: str, text: str) -> None:
        # The browser itself reports every answer that is no success and every lost connection.
        expected = ("Failed to load resource", "net::ERR_", "WebSocket connection to")
        if kind in ("error", "warning") and not any(words in text for words in expected):
            self.wrong.append(f"console {kind}: {text}")


OpenPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """A page in a context of its own; no dialog, no error and no other host is tolerated on it. It keeps still unless
    motion is asked for, since each frame of it has to be painted."""
    watched, contexts = Watched(), []

    async def opening(url: str, **options: Any) -> Page:
        options.setdefault("reduced_motion", "reduce")
        context = await browser.new_context(**options)
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        page = await context.new_page()
        watched.watch(page)
        await page.goto(url)
        return page

    yield opening
    for context in contexts:
        for page in context.pages:
            await page.unroute_all(behavior="ignoreErrors")  # what is answered too late concerns no later test
        await context.close()
    assert watched.wrong == []
    assert {host for host in watched.hosts if not host.startswith("blob:http://127.0.0.1:")} <= {"127.0.0.1"}
