"""What the issuer of people's accounts publishes of itself, and whether a token is one of its own."""

import asyncio
import json
import logging
import ssl
import time
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any

import httpx2
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from service.access.people import Trusted, private
from service.core.errors import IssuerUnavailable, Unauthorized

log = logging.getLogger(__name__)

ALGORITHMS = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
]  # fmt: skip
TYPES = None, "jwt", "at+jwt", "application/at+jwt"  # not, for example, those of logout tokens
SKEW = 60  # seconds by which its clock and ours may differ
RENEWED = 3600.0  # seconds after which its keys are asked for again
OUTDATED = 24 * 3600.0  # seconds for which they are used if it does not answer
PAUSE = 10.0  # seconds between two questions, whatever tokens come
PATIENCE = 5.0  # seconds for each answer
LONGEST = 1_000_000  # bytes of it
LONGEST_SUBJECT = 255
LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()  # when a token may expire: what is later is no date

_registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)  # it is what issuers still call Ed25519


@dataclass(frozen=True, slots=True)
class Metadata:
    about: dict[str, Any]
    keys: KeySet
    at: float

    def knows(self, kid: str | None) -> bool:
        return kid is None or any(key.kid == kid for key in self.keys)


class Issuer:
    def __init__(self, trusted: Trusted, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self.trusted = trusted
        self._transport = transport
        self._asking: asyncio.Task[None] | None = None
        self._asked = -inf
        self._metadata: Metadata | None = None
        self._tls: ssl.SSLContext | None = None

    async def claims(self, token: str, audience: str, nonce: str | None = None) -> dict[str, Any]:
        """What a token says. Unauthorized if it is not the issuer's, or not for this audience, now."""
        kid = _key_of(token)
        metadata = await self.metadata(kid)
        demanded: dict[str, Any] = {
            "iss": {"essential": True, "value": self.trusted.issuer},
            "aud": {"essential": True, "value": audience},
            "sub": {"essential": True},
            "exp": {"essential": True},
        }
        if nonce is not None:
            demanded["nonce"] = {"essential": True, "value": nonce}
        try:
            claims = jwt.decode(token, metadata.keys, registry=_registry).claims
            JWTClaimsRegistry(leeway=SKEW, **demanded).validate(claims)
        except (JoseError, ValueError, TypeError):
            raise Unauthorized("token") from None
        if len(claims["sub"]) > LONGEST_SUBJECT or claims["exp"] >= LATEST:
            raise Unauthorized("token")
        return claims

    async def metadata(self, kid: str | None = None) -> Metadata:
        """What the issuer publishes; fetched again if it is old or lacks this key, but not at every request."""
        if self._due(kid):
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            if not self._usable(kid):
                await asyncio.shield(self._asking)  # which others wait for as well
        metadata = self._metadata
        if metadata is None or self._age > OUTDATED or (metadata.at < self._asked and not metadata.knows(kid)):
            raise IssuerUnavailable(retry_after=PAUSE)
        return metadata

    @property
    def _age(self) -> float:
        return inf if self._metadata is None else time.monotonic() - self._metadata.at

    def _usable(self, kid: str | None) -> bool:
        return self._metadata is not None and self._metadata.knows(kid) and self._age <= OUTDATED

    def _due(self, kid: str | None) -> bool:
        wanted = self._age > RENEWED or not self._usable(kid)
        return wanted and time.monotonic() - self._asked >= PAUSE

    async def _ask(self) -> None:
        try:
            async with httpx2.AsyncClient(**await self.connecting()) as client, asyncio.timeout(2 * PATIENCE):
                about = await _json(client, f"{self.trusted.issuer.rstrip('/')}/.well-known/openid-configuration")
                if about.get("issuer") != self.trusted.issuer:
                    raise ValueError(f"it calls itself {about.get('issuer')!r}")
                keys = KeySet.import_key_set(await _json(client, about["jwks_uri"]))  # ty: ignore[invalid-argument-type]
            self._asked = time.monotonic()
            self._metadata = Metadata(about, keys, self._asked)
        except (
            httpx2.HTTPError,
            httpx2.InvalidURL,
            TimeoutError,
            JoseError,
            LookupError,
            ValueError,
            TypeError,
        ) as why:
            self._asked = time.monotonic()
            log.warning("the issuer %s can't be asked for its keys: %r", self.trusted.issuer, why)

    async def connecting(self) -> dict[str, Any]:
        """How connections to it are made: by no proxy that the environment names, and following nothing."""
        if self._tls is None and self._transport is None:
            self._tls = await asyncio.to_thread(httpx2.create_ssl_context)  # which takes long
        how = {"transport": self._transport} if self._tls is None else {"verify": self._tls}
        return how | {"timeout": PATIENCE, "trust_env": False, "follow_redirects": False}


def _key_of(token: str) -> str | None:
    """The id of the key that a token says it is signed with. Unauthorized if it is nothing that could be valid."""
    try:
        header = jws.extract_compact(token.encode(), registry=_registry).headers()
        _registry.check_header(header)
        _registry.get_alg(header["alg"])
        typed = header.get("typ")
        if (typed and typed.lower()) not in TYPES:
            raise ValueError(typed)
        return header.get("kid")
    except Exception:  # noqa: BLE001 whatever a stranger has made of it
        raise Unauthorized("token") from None


async def _json(client: httpx2.AsyncClient, url: str) -> dict[str, Any]:
    if not private(url):
        raise ValueError(f"{url} is not encrypted")
    async with client.stream("GET", url) as answer:
        answer.raise_for_status()
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > LONGEST:
                raise ValueError(f"{url} answers at great length")
    document = json.loads(body)
    if not isinstance(document, dict):
        raise TypeError(f"{url} answers with no object")
    return document
