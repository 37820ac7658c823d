"""Pictures through the openai package, whose own retries suffice for one call per article."""

import asyncio
import base64
from typing import Any

import httpx2
import msgspec
import openai

from service.core.errors import ImageFailed
from service.core.events import Usage
from service.core.purse import Purse
from service.models.bounds import IDENTITY
from service.models.failures import translated
from service.models.reading import charged, counted

RETRIES = 2
MOST = 8_000  # tokens of a picture
MAX_ANSWER = 32 * 1024 * 1024  # a picture of 24 MB in base64


class _Picture(msgspec.Struct):
    b64_json: str | None = None
    url: str | None = None


class _Count(msgspec.Struct):
    input_tokens: Any = None
    output_tokens: Any = None
    cost: Any = None


class _Pictures(msgspec.Struct):
    data: list[_Picture] | None = None
    usage: _Count | None = None


_decode = msgspec.json.Decoder(_Pictures).decode


class OpenAIPainter:
    def __init__(self, client: openai.AsyncOpenAI, name: str, *, timeout: float) -> None:
        self._client = client.with_options(max_retries=RETRIES)
        self._name = name
        self._timeout = timeout

    async def paint(self, prompt: str, purse: Purse | None = None) -> bytes | str:
        if purse is None:
            return _picture(await self._asked(prompt))
        most, used = Usage(len(prompt.encode(errors="replace")), MOST), Usage()
        async with purse.paying(self._name, most, lambda: used):
            answer = await self._asked(prompt)
            used = _used(answer)
        return _picture(answer)

    async def _asked(self, prompt: str) -> _Pictures:
        try:
            async with asyncio.timeout(self._timeout):
                return _decode(await self._ask(prompt))
        except TimeoutError:
            raise ImageFailed("timeout") from None
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise ImageFailed("model", why=translated(error, self._client.api_key, begun=False).sentence) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ImageFailed("unreadable_answer") from None

    async def _ask(self, prompt: str) -> bytes:
        """The answer's body, with a limit on its length that the package lacks."""
        images = self._client.images.with_streaming_response
        body = bytearray()
        async with images.generate(model=self._name, prompt=prompt, n=1, extra_headers=IDENTITY) as answer:
            async for piece in answer.iter_bytes():
                body += piece
                if len(body) > MAX_ANSWER:
                    raise ImageFailed("too_large")
        return bytes(body)


def _picture(answer: _Pictures) -> bytes | str:
    picture = answer.data[0] if answer.data else _Picture()
    if picture.b64_json:
        try:
            return base64.b64decode(picture.b64_json, validate=True)
        except ValueError:
            raise ImageFailed("unreadable_picture") from None
    if picture.url:
        return picture.url
    raise ImageFailed("no_picture")


def _used(answer: _Pictures) -> Usage:
    """What the server counted; some count nothing for pictures."""
    told = answer.usage or _Count()
    read, written = (each if isinstance(each, int) else 0 for each in (told.input_tokens, told.output_tokens))
    return Usage(counted(read), counted(written), charged(told.cost))
