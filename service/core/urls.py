"""Checks a URL before anything is fetched."""

import socket
from collections.abc import Collection
from contextlib import suppress
from ipaddress import ip_address

from yarl import URL

from service.core.addresses import is_public
from service.core.errors import SourceRefused

WEB_PORTS = frozenset({80, 443, 8080, 8443})  # other ports may belong to other services


def demand_fetchable(url: str) -> None:
    """Raise SourceRefused if the URL itself is not allowed. Host names are resolved and checked when fetching."""
    host = checked(url).host or ""
    with suppress(OSError):
        host = socket.inet_ntoa(socket.inet_aton(host))  # 2130706433, 0x7f.1 and the like
    try:
        literal = ip_address(host)
    except ValueError:
        return
    if not is_public(literal):
        raise SourceRefused("not_public")


def checked(url: str, base: URL | None = None, ports: Collection[int] = WEB_PORTS) -> URL:
    try:
        target = URL(url.strip())
        if base is not None:
            target = base.join(target)
        host, port = target.host, target.port
    except ValueError:
        raise SourceRefused("no_url") from None
    if target.scheme not in ("http", "https") or not host:
        raise SourceRefused("scheme")
    if "@" in target.raw_authority:
        raise SourceRefused("credentials")
    if port not in ports:
        raise SourceRefused("port", port=port or 0, ports=", ".join(map(str, sorted(ports))))
    return target
