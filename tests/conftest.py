"""Nothing here may reach beyond this machine; and respx, which knows httpcore, learns httpcore2."""

from typing import Any

import httpcore2
import respx.mocks
import respx.models
from hypothesis import settings

from tests.loopback import refuse_all_else

# How long an example takes says more of the machine than of the code; tests that mean time measure it.
settings.register_profile("pressroom", deadline=None)
settings.load_profile("pressroom")
refuse_all_else()


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
