"""What belongs to another workspace does not exist for a caller, whatever is asked."""

import inspect
from typing import Any

import pytest

from service.core.article import Edit
from service.core.brief import Brief
from service.core.caller import Caller
from service.core.errors import NotFound
from service.core.outline import Outline
from service.newsroom import owners
from service.newsroom.newsroom import Newsroom
from service.newsroom.owners import Owners
from tests.fakes import QueuedModel
from tests.newsroom.conftest import Opens

THEIRS = Caller(workspace="theirs")
GIVEN: dict[str, Any] = {
    "base": 1, "section": 1, "instruction": "Longer", "number": 1, "days": 1,
    "change": Edit(base=1, title="x", content=None), "outline": Outline(title="x", sections=[]),
    "tags": [], "share_id": "x", "conversation_id": "x",
    "proposal_id": "x", "add": [], "remove": [],
}  # fmt: skip
ON_ARTICLES = [
    name
    for name, method in inspect.getmembers(Newsroom, inspect.iscoroutinefunction)
    if {"caller", "article_id"} <= inspect.signature(method).parameters.keys()
]


async def test_a_foreign_article_is_not_found(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        before = await desk.until(article_id, "completed")
        assert len(ON_ARTICLES) > 15
        for name in ON_ARTICLES:
            method = getattr(desk.newsroom, name)
            given = {key: GIVEN[key] for key in inspect.signature(method).parameters if key in GIVEN}
            with pytest.raises(NotFound) as caught:
                await method(caller=THEIRS, article_id=article_id, **given)
            assert caught.value.sentence.params == {"reason": "article"}, name
        assert [*(await desk.newsroom.delete_all(THEIRS, [article_id])).values()] != [None]
        assert await desk.store.get(article_id) == before


async def test_whose_an_article_is_is_remembered_within_limits(opened: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "KEPT", 2)
    async with opened(QueuedModel()) as desk:
        known = Owners(desk.store)
        for topic in "abc":
            article = await desk.newsroom.create(THEIRS, Brief(topic=topic))
            await known.demand(THEIRS, article.id)
            with pytest.raises(NotFound):
                await known.demand(Caller(), article.id)
        assert len(known._known) == 1
        with pytest.raises(NotFound):
            await known.demand(THEIRS, "nobody's")
