"""A key, by which somebody enters a workspace."""

from dataclasses import dataclass
from datetime import datetime

from service.core.caller import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    id: str
    workspace: str
    name: str
    role: Role
    last_four: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    rate: str | None = None  # of requests that change something; None: the server's
    tokens_per_month: int | None = None
    cost_per_month: float | None = None
    articles_at_once: int | None = None

    def valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
