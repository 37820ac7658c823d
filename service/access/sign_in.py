"""Signing in to the page at an issuer: the code flow of OpenID Connect, with PKCE."""

import asyncio
import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.common.urls import add_params_to_uri
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey
from joserfc.jwt import JWTClaimsRegistry

from service.access import keys, people
from service.access.issuer import PATIENCE, PAUSE, Issuer
from service.access.people import Trusted, private
from service.core.caller import Caller
from service.core.errors import IssuerUnavailable, Unauthorized

log = logging.getLogger(__name__)

LASTS = 600  # seconds that somebody has to sign in there
RANDOM = 32  # bytes
SEAL = {"alg": "dir", "enc": "A256GCM"}
_seals = JWERegistry(algorithms=list(SEAL.values()))


@dataclass(frozen=True, slots=True)
class Begun:
    url: str  # where the browser goes
    state: str  # which it brings back from there
    sealed: str  # what it brings back, and can neither read nor make


class SignIns:
    """What a sign-in needs at its end is kept by the browser, sealed: strangers who begin many leave nothing here."""

    def __init__(self, issuer: Issuer, secret: bytes) -> None:
        self.issuer = issuer
        self._seal = OctKey.import_key(bytes.fromhex(keys.digest(secret, "sign-ins")))

    @property
    def trusted(self) -> Trusted:
        return self.issuer.trusted

    async def begin(self, callback: str, to: str) -> Begun:
        about = (await self.issuer.metadata()).about
        state, nonce, verifier = (secrets.token_urlsafe(RANDOM) for _ in range(3))
        async with await self._client(about, callback) as client:
            url, _ = client.create_authorization_url(
                _endpoint(about, "authorization_endpoint"), state=state, code_verifier=verifier, nonce=nonce
            )
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "to": to, "exp": int(time.time()) + LASTS}
        return Begun(url, state, jwt.encode(SEAL, kept, self._seal, registry=_seals, default_type=None))

    async def complete(self, callback: str, sealed: str, answer: Mapping[str, str]) -> tuple[Caller, str]:
        """Who has signed in, and where they wanted to go. Unauthorized if it was not begun by this browser just now."""
        kept = self._opened(sealed)
        about = (await self.issuer.metadata()).about
        issuer = answer.get("iss")
        named = issuer is not None or about.get("authorization_response_iss_parameter_supported") is True
        mine = hmac.compare_digest(answer.get("state", "").encode(), kept["state"].encode())
        if not mine or (named and issuer != self.trusted.issuer):
            raise Unauthorized("sign_in")
        if "error" in answer or "code" not in answer:
            raise Unauthorized("denied")
        token = await self._token(about, callback, answer["code"], kept["verifier"])
        claims = await self.issuer.claims(token, self.trusted.client_id, kept["nonce"])
        if claims.get("azp", self.trusted.client_id) != self.trusted.client_id:
            raise Unauthorized("sign_in")
        return people.person(claims, self.trusted), kept["to"]

    async def farewell(self, back: str) -> str | None:
        """The issuer's page to sign out there as well, which leads back; None if there is none."""
        with suppress(IssuerUnavailable):
            url = _endpoint((await self.issuer.metadata()).about, "end_session_endpoint")
            return add_params_to_uri(url, {"client_id": self.trusted.client_id, "post_logout_redirect_uri": back})
        return None

    def _opened(self, sealed: str) -> dict[str, Any]:
        try:
            kept = jwt.decode(sealed, self._seal, registry=_seals).claims
            JWTClaimsRegistry(exp={"essential": True}).validate(kept)
        except (JoseError, ValueError, TypeError):
            raise Unauthorized("sign_in") from None
        return kept

    async def _token(self, about: Mapping[str, Any], callback: str, code: str, verifier: str) -> str:
        try:
            async with await self._client(about, callback) as client, asyncio.timeout(2 * PATIENCE):
                url = _endpoint(about, "token_endpoint")
                told = await client.fetch_token(url, code=code, code_verifier=verifier)
            return str(told["id_token"])
        except (httpx2.HTTPError, TimeoutError, ValueError) as why:
            log.warning("the issuer %s can't be asked who signed in: %r", self.trusted.issuer, why)
            raise IssuerUnavailable(retry_after=PAUSE) from None
        except (AuthlibBaseError, KeyError) as why:
            log.warning("the issuer %s does not tell who signed in: %r", self.trusted.issuer, why)
            raise Unauthorized("sign_in") from None

    async def _client(self, about: Mapping[str, Any], callback: str) -> AsyncOAuth2Client:
        method = None
        if self.trusted.client_secret is not None:
            known = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            method = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
        return AsyncOAuth2Client(
            self.trusted.client_id,
            self.trusted.client_secret,
            token_endpoint_auth_method=method,
            scope=self.trusted.scopes,
            redirect_uri=callback,
            code_challenge_method="S256",
            **await self.issuer.connecting(),
        )


def _endpoint(about: Mapping[str, Any], name: str) -> str:
    url = about.get(name)
    if not isinstance(url, str) or not private(url):
        raise IssuerUnavailable(retry_after=PAUSE)
    return url
