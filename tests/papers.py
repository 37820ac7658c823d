"""An issuer of whom there are only its documents and keys: what it signs, and what others would like to have signed."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet
from joserfc.jws import JWSRegistry

from service.access.people import Trusted

AUDIENCE = "pressroom-api"
WELL_KNOWN = "/.well-known/openid-configuration"


class Papers:
    """Answers as the issuer at an address does, in the place of a network."""

    def __init__(self, url: str = "https://accounts.example.org") -> None:
        self.url = url
        self.key = made("first")
        self.published: list[Key] = [self.key]
        self.asked: list[str] = []
        self.down = False
        self.about: dict[str, Any] = {
            "issuer": url,
            "jwks_uri": f"{url}/keys",
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
        }
        self.answers: list[httpx2.Response] = []  # of its token endpoint

    def trusted(self, **other: Any) -> Trusted:
        usual: dict[str, Any] = {
            "issuer": self.url, "audience": AUDIENCE, "client_id": "pressroom", "client_secret": "shh",
            "label": "Example", "scopes": "openid", "workspace_claim": "workspace", "role_claim": "role",
            "workspace": "", "role": None,
        }  # fmt: skip
        return Trusted(**usual | other)

    def token(self, key: Key | None = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Claims that are None are left out."""
        now, key = int(time.time()), key or self.key
        usual: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ada",
            "iat": now,
            "exp": now + 300,
            "name": "Ada",
        }
        said = usual | {"workspace": "bees", "role": "writer"} | claims
        head = {"alg": "ES256", "kid": key.kid} | (header or {})
        registry = JWSRegistry(algorithms=[str(head["alg"])], strict_check_header=False)
        return jwt.encode(_given(head), _given(said), key, registry=registry)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.asked.append(path)
        if self.down:
            raise httpx2.ConnectError("nobody is there")
        if path == "/token":
            return self.answers.pop(0)
        return httpx2.Response(200, json=self.document(path))

    def document(self, path: str) -> dict[str, Any]:
        return self.about if path.endswith(WELL_KNOWN) else dict(KeySet(self.published).as_dict())

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self.answer)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def trusting(papers: Papers) -> dict[str, str]:
    """The settings of a Pressroom that accepts its tokens."""
    return {
        "PRESSROOM_AUTH": "on",
        "PRESSROOM_OIDC_ISSUER": papers.url,
        "PRESSROOM_OIDC_CLIENT_ID": "pressroom",
        "PRESSROOM_OIDC_AUDIENCE": AUDIENCE,
    }


def made(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@asynccontextmanager
async def published() -> AsyncGenerator[Papers]:
    """Papers on loopback, for a Pressroom that is another process."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        body = json.dumps(papers.document(path)).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    papers = Papers(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        yield papers
