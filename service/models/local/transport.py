"""The way to a model inside Pressroom."""

import httpx2

from service.core.pace import Pace
from service.models.local.embedded import Embedded
from service.models.transport import PushTransport


class ToEmbedded(PushTransport):
    """Starts the model when it is called, and again when it has ended; its port is then another one."""

    def __init__(self, embedded: Embedded, *, connect_timeout: float, pace: Pace | None) -> None:
        super().__init__(connect_timeout=connect_timeout, pace=pace)
        self._embedded = embedded

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(port=await self._embedded.port())
        return await super().handle_async_request(request)
