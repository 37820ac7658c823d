"""Who a request is made for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.core.errors import Forbidden

Role = Literal["reader", "writer", "admin"]
ROLES: tuple[Role, ...] = "reader", "writer", "admin"  # each may do what those before it may


@dataclass(frozen=True, slots=True)
class Caller:
    """The workspace of a request, by which the newsroom decides what is visible, and what may be done there."""

    workspace: str = "default"
    role: Role = "admin"
    name: str = ""  # of the key or the person; empty where nobody signs in
    key: str | None = None  # its id
    subject: str | None = None  # the issuer's name for somebody who has no key
    rate: str | None = None  # of its requests that change something, unless it is the server's
    address: str = ""  # from where; empty where nobody asks

    @property
    def who(self) -> str | None:
        """Whose budget what is asked for counts for."""
        return self.key or self.subject

    def demand(self, role: Role) -> None:
        if ROLES.index(self.role) < ROLES.index(role):
            raise Forbidden(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody without a key who is signed in, as the issuer told of them last."""

    subject: str
    name: str
    role: Role
    begun_at: datetime  # the first of their sessions
    used_at: datetime


LOCAL = Caller()
NOBODY = Caller(workspace="", role="reader")  # has no articles, and finds none
