"""Whose an article is: what belongs to another workspace does not exist for a caller."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from service.core.caller import Caller
from service.core.errors import NotFound
from service.store.articles import Articles

KEPT = 10_000  # articles whose workspace is remembered: it never changes


class Owners:
    def __init__(self, store: Articles) -> None:
        self._store = store
        self._known: dict[str, str] = {}

    async def demand(self, caller: Caller, article_id: str) -> None:
        """NotFound if the caller may not know of the article."""
        workspace = self._known.get(article_id)
        if workspace is None:
            workspace = await self._store.workspace(article_id)
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[article_id] = workspace
        if workspace != caller.workspace:
            raise NotFound("article")


class _HasOwners(Protocol):
    _owners: Owners


P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=_HasOwners)
Method = Callable[Concatenate[S, Caller, str, P], Coroutine[Any, Any, T]]


def ours(method: Method[S, P, T]) -> Method[S, P, T]:
    """Turn a method on an article into one that finds only articles of the caller's workspace."""

    @wraps(method)
    async def checked(self: S, caller: Caller, article_id: str, *args: P.args, **kwargs: P.kwargs) -> T:
        await self._owners.demand(caller, article_id)
        return await method(self, caller, article_id, *args, **kwargs)

    return checked
