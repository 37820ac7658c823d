"""Nothing here may reach beyond this machine; and respx, which knows httpcore, learns httpcore2."""

import ipaddress
import sys
from typing import Any

import httpcore2
import respx.mocks
import respx.models
from hypothesis import settings

# How long an example takes says more of the machine than of the code; tests that mean time measure it.
settings.register_profile("pressroom", deadline=None)
settings.load_profile("pressroom")


class BeyondLoopback(RuntimeError):
    """A test tried to reach another machine."""


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(address := arguments[1], tuple):
        host = address[0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host not in (None, "", "localhost") and not _loopback(host):
        raise BeyondLoopback(f"{event} to {host!r}")


def _loopback(host: str | bytes) -> bool:
    try:
        return ipaddress.ip_address(host if isinstance(host, str) else host.decode()).is_loopback
    except ValueError:
        return False


sys.addaudithook(_refuse)


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
