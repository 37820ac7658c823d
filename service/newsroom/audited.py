"""Notes in the audit log what the newsroom's commands have done."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import wraps
from inspect import signature
from typing import Any

from service.access.audit import Audit
from service.core.article import Article, Edit
from service.core.audit import Action
from service.core.brief import Brief
from service.core.caller import Caller
from service.core.errors import BudgetSpent
from service.core.share import Share
from service.newsroom.newsroom import Newsroom
from service.newsroom.office import Office
from service.queue.contract import Queue
from service.store.briefs import SavedBrief
from service.store.conversations import Conversations
from service.store.shares import Shares

# Commands on what has the id that they are given first, with those of their arguments that may be told.
NOTED: dict[str, tuple[Action, tuple[str, ...]]] = {
    "retry": ("article_retried", ()),
    "rewrite": ("article_rewritten", ("section",)),
    "approve": ("outline_approved", ()),
    "cancel": ("article_cancelled", ()),
    "delete": ("article_deleted", ()),
    "set_picture": ("picture_set", ()),
    "describe_picture": ("picture_described", ()),
    "remove_picture": ("picture_removed", ()),
    "set_search": ("search_text_set", ()),
    "tag": ("article_tagged", ()),
    "retag": ("article_tagged", ()),
    "renew": ("renewal_begun", ("stage",)),
    "stop_renewal": ("renewal_stopped", ("stage",)),
    "unshare": ("share_revoked", ("share_id",)),
    "rename_brief": ("brief_renamed", ()),
    "delete_brief": ("brief_deleted", ()),
}
QUEUED = "article_retried", "article_rewritten", "outline_approved"


class Audited(Newsroom):
    """A newsroom that says what was done in it, once it is done."""

    def __init__(
        self, audit: Audit, office: Office, queue: Queue, conversations: Conversations, shares: Shares
    ) -> None:
        super().__init__(office, queue, conversations, shares)
        self.audit = audit

    async def create(self, caller: Caller, brief: Brief, *, key: str | None = None, request: str = "") -> Article:
        asked_at = datetime.now(UTC)
        with self.spending(caller):
            article = await super().create(caller, brief, key=key, request=request)
        if article.created_at >= asked_at:  # it is not that of an earlier request with the same key
            self.audit.note(caller, "article_created", article.id)
        return article

    async def edit(self, caller: Caller, article_id: str, change: Edit) -> Article:
        article = await super().edit(caller, article_id, change)
        self.audit.note(caller, "article_edited", article_id, version=article.version, reason=change.reason)
        return article

    async def accept(
        self, caller: Caller, conversation_id: str, proposal_id: str, article_id: str, change: Edit
    ) -> int:
        version = await super().accept(caller, conversation_id, proposal_id, article_id, change)
        self.audit.note(caller, "article_edited", article_id, version=version, reason="accepted")
        return version

    async def share(self, caller: Caller, article_id: str, *, days: int) -> tuple[Share, str]:
        share, token = await super().share(caller, article_id, days=days)
        self.audit.note(caller, "article_shared", article_id, share_id=share.id, days=days)
        return share, token

    async def save_brief(self, caller: Caller, name: str, brief: Brief) -> SavedBrief:
        saved = await super().save_brief(caller, name, brief)
        self.audit.note(caller, "brief_saved", saved.id)
        return saved

    @contextmanager
    def spending(self, caller: Caller, target: str | None = None) -> Generator[None]:
        """Note it if a budget is spent before there is anything to pay for."""
        try:
            yield
        except BudgetSpent as error:
            self.audit.spent(caller, error, target)
            raise


def _noted(method: Callable[..., Any], action: Action, told: tuple[str, ...]) -> Callable[..., Any]:
    given = signature(method)

    @wraps(method)
    async def noted(self: Audited, caller: Caller, target: str, *args: Any, **kwargs: Any) -> Any:
        with self.spending(caller, target) if action in QUEUED else nullcontext():
            result = await method(self, caller, target, *args, **kwargs)
        arguments = given.bind(self, caller, target, *args, **kwargs).arguments
        self.audit.note(caller, action, target, **{name: arguments[name] for name in told})
        return result

    return noted


for _name, _what in NOTED.items():
    setattr(Audited, _name, _noted(getattr(Newsroom, _name), *_what))
