"""Limits on an endpoint's answers, for every transport."""

from collections.abc import AsyncIterator

import httpx2

IDENTITY = {"Accept-Encoding": "identity"}  # sent with every request, because nothing here decompresses
MAX_ERROR = 64 * 1024


async def bounded(response: httpx2.Response) -> None:
    """A response hook: successful responses must not be compressed, of others only the head is read.

    A few kilobytes could decompress to gigabytes. The reader of a successful response limits its length.
    """
    compressed = response.headers.get("content-encoding", "").lower() not in ("", "identity")
    if not response.is_success:
        response.headers.pop("content-encoding", None)
        response.stream = Head(response.stream, 0 if compressed else MAX_ERROR)
    elif compressed:
        raise httpx2.DecodingError("the answer is compressed", request=response.request)


class Head(httpx2.AsyncByteStream):
    """The first bytes of a body."""

    def __init__(self, body: object, size: int) -> None:
        assert isinstance(body, httpx2.AsyncByteStream)
        self._body = body
        self._size = size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        room = self._size
        pieces = aiter(self._body)
        while room > 0 and (piece := await anext(pieces, b"")):
            yield piece[:room]
            room -= len(piece)

    async def aclose(self) -> None:
        await self._body.aclose()
