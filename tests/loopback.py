"""Nothing in a test may reach beyond this machine, in whichever process."""

import ipaddress
import sys
from typing import Any


class BeyondLoopback(RuntimeError):
    """A test tried to reach another machine."""


def refuse_all_else() -> None:
    sys.addaudithook(_refuse)


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
