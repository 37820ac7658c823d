"""What a model's server tells about itself, asked for where llama.cpp, Ollama, LM Studio and vLLM tell it."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

LONGEST = 1024 * 1024  # bytes of an answer
SMALL = 4_000_000_000  # parameters; with fewer, a model loses headings when it edits a whole article

LOOKS = 5  # at most, at a server that tells more once its model is loaded

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    server: str | None = None
    window: int | None = None  # tokens of one call
    slots: int | None = None  # calls that it answers at the same time
    parameters: int | None = None
    models: tuple[str, ...] = ()  # that it has
    pending: bool = False  # it tells more once the model is loaded

    @property
    def small(self) -> bool:
        return self.parameters is not None and self.parameters < SMALL


Look = Callable[[], Awaitable[Found | None]]


class Server:
    """What is known of a model's server, which is asked until it has told what it can."""

    def __init__(self, look: Look | None) -> None:
        self.found = Found()
        self._look, self._left = look, LOOKS
        self._mute = False  # it told nothing when it was last asked
        self._one_asks = asyncio.Lock()

    async def learn(self) -> bool:
        """Ask it, unless it has told all. Whether it told something."""
        if self._look is None:
            return False
        async with self._one_asks:
            if self._look is None:
                return False
            found = await self._look()
            self._mute = found is None
            if found is not None:
                self._know(found)
            return found is not None

    def _know(self, found: Found) -> None:
        self.found = found
        self._left -= 1
        if not (found.pending and self._left):
            self._look = None

    def answered(self) -> None:
        """It has answered a question. If it did not tell anything about itself, it never will."""
        if self._mute:
            self._look = None


async def look(http: httpx2.AsyncClient, base_url: str, headers: Headers, name: str, *, within: float) -> Found | None:
    """What the server tells of the model `name`, within so many seconds; None if it can't be reached."""
    root = re.sub(r"/v1/?$", "", base_url.rstrip("/"))
    paths = f"{base_url.rstrip('/')}/models", f"{root}/props", f"{root}/api/ps", f"{root}/api/v0/models"
    answers = await asyncio.gather(*(_asked(http, path, headers, within) for path in paths))
    if all(answer is None for answer in answers):
        return None
    models, props, running, studio = (answer if isinstance(answer, dict) else {} for answer in answers)
    model = _entry(models.get("data"), name)
    known = tuple(str(each["id"]) for each in _entries(models.get("data")) if "id" in each)
    if "total_slots" in props:
        return Found(
            server="llama.cpp",
            window=_number(_at(props, "default_generation_settings", "n_ctx")),
            slots=_number(props["total_slots"]),
            parameters=_number(_at(model, "meta", "n_params")),
            models=known,
        )
    if "models" in running:
        loaded = _entry(running["models"], name)
        return Found(
            server="Ollama",
            window=_number(loaded.get("context_length")),
            slots=1,
            parameters=_billions(_at(loaded, "details", "parameter_size")),
            models=known,
            pending=not loaded,
        )
    if "data" in studio:
        loaded = _entry(studio["data"], name)
        window = _number(loaded.get("loaded_context_length"))
        return Found(server="LM Studio", window=window, slots=1, models=known, pending=window is None)
    window = _number(model.get("max_model_len")) or _number(model.get("context_length"))
    return Found(server="vLLM" if model.get("owned_by") == "vllm" else None, window=window, models=known)


async def _asked(http: httpx2.AsyncClient, url: str, headers: Headers, within: float) -> object:
    """The JSON at the address; something empty if there is none, None if nobody answers."""
    try:
        async with asyncio.timeout(within), http.stream("GET", url, headers=headers) as response:
            body = b""
            async for data in response.aiter_raw():
                body += data
                if len(body) > LONGEST:
                    return {}
            return json.loads(body) if response.is_success else {}
    except (TimeoutError, httpx2.HTTPError):
        return None
    except (ValueError, RecursionError):
        return {}


def _entries(listed: object) -> list[Mapping[str, Any]]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _entry(listed: object, name: str) -> Mapping[str, Any]:
    """The model's entry in a list, by its name with or without `:latest`, or the only one."""
    entries = _entries(listed)
    for each in entries:
        if name in (each.get("id"), each.get("name"), str(each.get("name")).removesuffix(":latest")):
            return each
    return entries[0] if len(entries) == 1 else {}


def _at(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _billions(size: object) -> int | None:
    """A number of parameters such as `7.6B`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([BM])", size) if isinstance(size, str) else None
    return None if match is None else round(float(match[1]) * {"B": 10**9, "M": 10**6}[match[2]])
