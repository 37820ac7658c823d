"""A key, by which somebody enters a workspace."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from service.core.brief import clean_line
from service.core.caller import Role
from service.core.sentences import Unfit

LONGEST_NAME, LONGEST_WORKSPACE = 100, 36
MOST_DAYS = 3650


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


def clean_name(name: str) -> str:
    return clean_line(name, LONGEST_NAME)


def clean_workspace(name: str) -> str:
    """The name as it is: workspaces whose names differ are different ones."""
    if not name.strip():
        raise Unfit("empty")
    if len(name) > LONGEST_WORKSPACE:
        raise Unfit("too_long", most=LONGEST_WORKSPACE)
    if not name.isprintable():
        raise Unfit("control_characters")
    return name


def expiry(days: int | None) -> datetime | None:
    """When a key ends that lasts for so many days from now on."""
    if days is None:
        return None
    if days < 1:
        raise Unfit("too_small", least=1)
    if days > MOST_DAYS:
        raise Unfit("too_large", most=MOST_DAYS)
    return datetime.now(UTC) + timedelta(days=days)
