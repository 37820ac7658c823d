"""People with an account at an issuer: whose tokens are trusted, and where who has one may enter."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from service.core.caller import ROLES, Caller, Role
from service.core.errors import Forbidden, SettingsError
from service.core.key import LONGEST_NAME, clean_workspace
from service.core.sentences import Unfit

NAMES = "name", "preferred_username", "email", "sub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """An issuer, who we are to it, and the claims of its tokens that say where somebody may enter."""

    issuer: str
    audience: str  # of tokens that programs send
    client_id: str  # empty: nobody signs in to the page there
    client_secret: str | None
    scopes: str
    label: str
    workspace_claim: str
    role_claim: str
    workspace: str  # of who has no such claim; empty: they are refused
    role: Role | None


def demand_whole(trusted: Trusted, *, auth: bool) -> None:
    """SettingsError if these settings don't go together."""
    if not trusted.issuer:
        if trusted.client_id or trusted.client_secret or trusted.audience:
            raise SettingsError("oidc_without_issuer")
        return
    if not auth:
        raise SettingsError("oidc_without_auth")
    if not (trusted.client_id or trusted.audience):
        raise SettingsError("oidc_for_whom")
    if trusted.client_secret and not trusted.client_id:
        raise SettingsError("oidc_secret")
    if not private(trusted.issuer):
        raise SettingsError("oidc_not_private", issuer=trusted.issuer)


def private(url: str) -> bool:
    """Whether nobody on the way can read or change what is sent: it is encrypted, or stays on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        return parts.scheme == "https"
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def person(claims: Mapping[str, Any], trusted: Trusted) -> Caller:
    """Whom a token's claims are about; Forbidden if they may enter nowhere."""
    workspace = _only(_claim(claims, trusted.workspace_claim), trusted.workspace)
    role = _highest(_claim(claims, trusted.role_claim)) or trusted.role
    try:
        clean_workspace(workspace)
    except Unfit:
        raise Forbidden("account") from None
    if role is None:
        raise Forbidden("account")
    name = next((name for each in NAMES if isinstance(name := claims.get(each), str) and name.strip()), "")
    shown = "".join(filter(str.isprintable, name)).strip()[:LONGEST_NAME]
    return Caller(workspace, role, shown, subject=claims["sub"])


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of this name, or what lies within others at this path: `realm_access.roles`."""
    if name in claims:
        return claims[name]
    outer, dot, inner = name.partition(".")
    within = claims.get(outer)
    return _claim(within, inner) if dot and isinstance(within, Mapping) else None


def _only(claim: Any, otherwise: str) -> str:
    """The one workspace that a claim names; empty if it is unclear which."""
    if claim is None:
        return otherwise
    if isinstance(claim, list) and len(claim) == 1:
        [claim] = claim
    return claim if isinstance(claim, str) else ""


def _highest(claim: Any) -> Role | None:
    """The role that a claim names, or the highest of several."""
    named = claim if isinstance(claim, list) else [claim]
    return next((role for role in reversed(ROLES) if role in named), None)
