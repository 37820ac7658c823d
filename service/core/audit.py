"""What the audit log holds: who did what to which, from where, when. No topic, title, text or key stands in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Action = Literal[
    "article_created", "article_retried", "article_rewritten", "outline_approved",
    "article_edited", "article_cancelled", "article_deleted", "article_exported", "article_tagged",
    "picture_set", "picture_described", "picture_removed", "search_text_set", "renewal_begun", "renewal_stopped",
    "article_shared", "share_revoked", "brief_saved", "brief_renamed", "brief_deleted", "conversation_deleted",
    "key_made", "key_limited", "key_rotated", "key_revoked", "workspace_limited",
    "signed_in", "sign_in_failed", "signed_out", "account_signed_out", "limit_hit",
]  # fmt: skip
ACTIONS: tuple[Action, ...] = get_args(Action)
Detail = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    id: str
    workspace: str
    at: datetime
    actor: str  # the name of the key or the account, which others may have too; empty if it is not known who it was
    key: str | None  # the key's id
    subject: str | None  # the account, as its issuer calls it; the command line has neither
    action: Action
    target: str | None  # the id of what it was done to
    address: str
    details: dict[str, Detail]
    count: int = 1  # how often it happened within a minute
    repeats: str | None = None  # the same in entries that are counted as one
