"""httpx2 over aiohttp: what the openai client sends its requests through.

The package's own does the same with two generators more between the socket and each token.
"""

from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager

import aiohttp
import httpx2

READER = "aiohttp.reader"  # the response's extension that holds aiohttp's reader of the body


class AiohttpTransport(httpx2.AsyncBaseTransport):
    def __init__(self, *, connections: int, connect_timeout: float) -> None:
        self._connections = connections
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout)
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._session is None:  # a session belongs to a running loop
            connector = aiohttp.TCPConnector(limit=self._connections, ssl=httpx2.create_ssl_context())
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, auto_decompress=False, trust_env=True
            )
        with translated():
            answer = await self._session.request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=request.read() or None,
                allow_redirects=False,
            )
        return httpx2.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=_Body(answer),
            extensions={READER: answer.content},
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with translated():
            async for data in self._answer.content.iter_any():
                yield data

    async def aclose(self) -> None:
        self._answer.release()  # an unfinished one's connection is closed with it


@contextmanager
def translated() -> Generator[None]:
    try:
        yield
    except (aiohttp.ClientError, TimeoutError) as error:
        raise httpx2.TransportError(f"{type(error).__name__}") from error
