"""Pictures over the openai package, whose own retries are good enough for one call an article."""

import asyncio
import base64
import binascii

import httpx2
import openai

from service.core.errors import ImageFailed
from service.models.failures import translated

RETRIES = 2


class OpenAIPainter:
    def __init__(self, client: openai.AsyncOpenAI, name: str, *, timeout: float) -> None:
        self._client = client.with_options(max_retries=RETRIES)
        self._name = name
        self._timeout = timeout

    async def paint(self, prompt: str) -> bytes | str:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._client.images.generate(model=self._name, prompt=prompt, n=1)
        except TimeoutError:
            raise ImageFailed("the image model took too long") from None
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            said = translated(error, self._client.api_key, begun=False).message
            raise ImageFailed(f"the image model: {said}") from None
        except (ValueError, RecursionError):
            raise ImageFailed("the image model's answer can't be read") from None
        # The package does not check what it gives: what does not call itself JSON is a str, and fields are of any type.
        data = getattr(answer, "data", None)
        pictures = data if isinstance(data, list) else []
        encoded, url = (getattr(pictures[0], name, None) for name in ("b64_json", "url")) if pictures else (None, None)
        if isinstance(encoded, str) and encoded:
            try:
                return base64.b64decode(encoded, validate=True)
            except binascii.Error:
                raise ImageFailed("the image model's picture can't be read") from None
        if isinstance(url, str) and url:
            return url
        raise ImageFailed("the image model gave no picture")
