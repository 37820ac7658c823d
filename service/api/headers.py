"""Headers that answers carry besides their own."""

from collections.abc import Mapping, Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from service.core.rate import Standing

ANSWER_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=63072000"}  # two years
RATE_LIMITS = "RateLimit-Policy", "RateLimit"  # of draft-ietf-httpapi-ratelimit-headers-10


def answer_headers(scope: Scope) -> Mapping[str, str]:
    """What every answer carries."""
    return ANSWER_HEADERS | HTTPS_HEADERS if scope.get("scheme") in ("https", "wss") else ANSWER_HEADERS


def rate_limits(standings: Sequence[Standing]) -> dict[str, str]:
    """What the limits are, and what is left of them."""
    values = [", ".join(map(tell, standings)) for tell in (_policy, _left)]
    return dict(zip(RATE_LIMITS, values, strict=True))


def _policy(standing: Standing) -> str:
    window = ';qu="concurrent-requests"' if standing.window is None else f";w={standing.window}"
    return f'"{standing.name}";q={standing.most}{window}'


def _left(standing: Standing) -> str:
    wait = "" if standing.wait is None else f";t={standing.wait}"
    return f'"{standing.name}";r={standing.left}{wait}'


def unkept(send: Send) -> Send:
    """Have no cache keep what is answered, whatever it says itself: it is for who is signed in now."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Cache-Control"] = "no-store"
        await send(message)

    return sending


def carrying(send: Send, carried: Mapping[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            for name, value in carried.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
