"""What can be told of a URL before anything is fetched."""

import socket
from contextlib import suppress
from ipaddress import ip_address

from yarl import URL

from service.core.addresses import is_public
from service.core.errors import SourceRefused

NO_URL = "this is not a URL"
NOT_PUBLIC = "the source is not on the public internet"


def demand_fetchable(url: str) -> None:
    """SourceRefused for what can be told from the URL alone; where a name leads is seen when it is fetched."""
    host = checked(url).host or ""
    with suppress(OSError):
        host = socket.inet_ntoa(socket.inet_aton(host))  # 2130706433, 0x7f.1 and their like
    try:
        literal = ip_address(host)
    except ValueError:
        return
    if not is_public(literal):
        raise SourceRefused(NOT_PUBLIC)


def checked(url: str, base: URL | None = None) -> URL:
    try:
        target = URL(url.strip())
        if base is not None:
            target = base.join(target)
        host = target.host
    except ValueError:
        raise SourceRefused(NO_URL) from None
    if target.scheme not in ("http", "https") or not host:
        raise SourceRefused("only http and https URLs are fetched")
    if "@" in target.raw_authority:
        raise SourceRefused("a URL with a user name or password is not fetched")
    return target
