"""Shared by searching and fetching: an HTTP session with limits, and clear errors."""

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version

import aiohttp
import httpx2

from service.core.errors import SearchFailed, SourceFailed

VERSION = version("pressroom")
MAX_HEADER = 16_384
MAX_HEADERS = 128


class TooLarge(aiohttp.ClientError):
    """The body is longer than allowed, before or after decompression."""


def session(
    *, connect: float, contact: str | None, connector: aiohttp.TCPConnector | None = None
) -> aiohttp.ClientSession:
    """A session for one fetch: no connection, cookie or DNS answer is reused.

    It ignores proxies and netrc from the environment, which could see or change the destination.
    """
    about = f"Pressroom/{VERSION} ({contact or 'self-hosted'}) aiohttp/{aiohttp.__version__}"
    return aiohttp.ClientSession(
        connector=connector or aiohttp.TCPConnector(ssl=tls(), force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect),
        headers={"User-Agent": about, "Accept-Encoding": "gzip, deflate"},
        max_line_size=MAX_HEADER,
        max_field_size=MAX_HEADER,
        max_headers=MAX_HEADERS,
    )


@cache
def tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


async def read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """The body. aiohttp decompresses it in pieces, so that a decompression bomb stops at the limit."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > max_bytes:
            raise TooLarge
    return bytes(body)


@contextmanager
def translated(failed: type[SearchFailed | SourceFailed]) -> Generator[None]:
    """Translate aiohttp's errors, which contain addresses, into ours."""
    try:
        yield
    except (TimeoutError, aiohttp.ClientError) as error:
        raise failed(_reason(error)) from None


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "timeout"
        case TooLarge():
            return "too_large"
        case aiohttp.ClientSSLError():
            return "no_tls"
        case aiohttp.ClientConnectorError():
            return "unreachable"
        case aiohttp.ClientResponseError():
            return "no_http"
    return "connection_lost"
