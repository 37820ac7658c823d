"""Links on which anybody may read an article."""

from dataclasses import dataclass
from datetime import UTC, datetime

from service.core.errors import Gone

DAYS, MAX_DAYS = 30, 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A link to an article. Its token opens it and is not stored, only a hash of it."""

    id: str
    article_id: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def expired(self) -> bool:
        return self.expires_at <= datetime.now(UTC)


def demand_open(share: Share) -> None:
    if share.revoked_at is not None:
        raise Gone("revoked")
    if share.expired():
        raise Gone("expired")
