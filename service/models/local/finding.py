"""Finds a model's server on this machine, where Ollama, LM Studio and llama.cpp usually are."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httptools
import msgspec

WITHIN = 0.5  # seconds for all of them together
LONGEST = 1024 * 1024  # bytes of an answer
CONTAINERS: tuple[Path, ...] = Path("/.dockerenv"), Path("/run/.containerenv")
NO_WRITERS = "embed", "rerank"  # in the names of models that can't write


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server on this machine, and the model that it would write with."""

    server: str
    url: str  # its base URL
    model: str
    loaded: bool


Look = Callable[[int], Awaitable[tuple[str, bool] | None]]


class _Details(msgspec.Struct):
    family: str | None = None


class _Tagged(msgspec.Struct):
    name: str
    details: _Details | None = None
    remote_host: str | None = None

    @property
    def here(self) -> bool:
        """Whether it runs on this machine; Ollama also lists models that run elsewhere."""
        return not self.remote_host

    @property
    def embeds(self) -> bool:
        return self.details is not None and "bert" in (self.details.family or "")


class _Tags(msgspec.Struct):
    models: list[_Tagged]


class _Listed(msgspec.Struct):
    id: str
    owned_by: str = ""
    type: str = ""
    state: str = ""


class _List(msgspec.Struct):
    data: list[_Listed]


def in_container() -> bool:
    return any(file.exists() for file in CONTAINERS)


async def find(servers: "Sequence[tuple[str, int, Look]] | None" = None) -> Running | None:
    """A server with a model that can write. One whose model is loaded is preferred, then the order of the list."""
    asked = await asyncio.gather(*(_look(*server) for server in servers or SERVERS))
    return min((found for found in asked if found), key=lambda found: not found.loaded, default=None)


async def _look(server: str, port: int, look: Look) -> Running | None:
    try:
        async with asyncio.timeout(WITHIN):
            seen = await look(port)
    except (TimeoutError, OSError, httptools.HttpParserError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if seen is None:
        return None
    model, loaded = seen
    return Running(server=server, url=f"http://127.0.0.1:{port}/v1", model=model, loaded=loaded)


async def _ollama(port: int) -> tuple[str, bool] | None:
    if not (await _get(port, "/")).startswith(b"Ollama is running"):
        return None
    there, running = [msgspec.json.decode(await _get(port, path), type=_Tags) for path in ("/api/tags", "/api/ps")]
    names = [each.name for each in there.models if _writes(each.name) and each.here and not each.embeds]  # latest first
    return _preferred(names, {each.name for each in running.models})


async def _lm_studio(port: int) -> tuple[str, bool] | None:
    models = msgspec.json.decode(await _get(port, "/api/v0/models"), type=_List).data
    names = [each.id for each in models if each.type in ("llm", "vlm")]
    return _preferred(names, {each.id for each in models if each.state == "loaded"})


async def _llama_cpp(port: int) -> tuple[str, bool] | None:
    models = msgspec.json.decode(await _get(port, "/v1/models"), type=_List).data
    names = [each.id for each in models if each.owned_by == "llamacpp" and _writes(each.id)]
    return _preferred(names, set(names))


def _writes(name: str) -> bool:
    return not any(part in name.lower() for part in NO_WRITERS)


def _preferred(names: list[str], loaded: set[str]) -> tuple[str, bool] | None:
    """A model, and whether it is loaded."""
    name = next((name for name in names if name in loaded), None)
    if name is not None:
        return name, True
    return (names[0], False) if names else None


SERVERS: list[tuple[str, int, Look]] = [
    ("Ollama", 11434, _ollama),
    ("LM Studio", 1234, _lm_studio),
    ("llama.cpp", 8080, _llama_cpp),
]


async def _get(port: int, path: str) -> bytes:
    """The body of an answer 200; empty of any other. Neither redirects nor proxies are used."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = _Answer()
        while not answer.complete and answer.size <= LONGEST and (data := await reader.read(65536)):
            answer.feed(data)
        whole = answer.complete and answer.size <= LONGEST
        return answer.body if whole and answer.status == 200 else b""
    finally:
        writer.transport.abort()


class _Answer:
    def __init__(self) -> None:
        self.body, self.complete, self.size = b"", False, 0
        self._parser = httptools.HttpResponseParser(self)

    @property
    def status(self) -> int:
        return self._parser.get_status_code()

    def feed(self, data: bytes) -> None:
        self.size += len(data)
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True
