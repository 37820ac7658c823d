"""What can be asked of the newsroom besides an article's text."""

import asyncio

import pytest

from service.core.article import Edit
from service.core.caller import LOCAL
from service.core.errors import NotFound
from service.core.events import Usage
from service.newsroom import results
from tests.fakes import QueuedModel
from tests.newsroom.conftest import Opens


async def test_versions_are_listed_read_and_restored(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        first = await desk.newsroom.get(LOCAL, article_id)
        await desk.newsroom.edit(LOCAL, article_id, Edit(base=1, title="Wasps", content="Sting."))
        restored = await desk.newsroom.restore(LOCAL, article_id, 1, base=2)
        assert (restored.version, restored.title, restored.content) == (3, first.title, first.content)
        assert sorted(each.version for each in await desk.newsroom.versions(LOCAL, article_id)) == [1, 2, 3]
        assert (await desk.newsroom.version(LOCAL, article_id, 2)).content == "Sting."


async def test_waiting_articles_have_a_place_and_are_listed(opened: Opens) -> None:
    async with opened(QueuedModel(gate=asyncio.Event()), at_once=1) as desk:
        first = await desk.create("Bees")
        await desk.until(first, "processing")
        second, third = await desk.create("Wasps"), await desk.create("Ants")
        assert await desk.newsroom.place(LOCAL, await desk.newsroom.get(LOCAL, third)) == 2
        assert await desk.newsroom.place(LOCAL, await desk.newsroom.get(LOCAL, first)) is None
        page = await desk.newsroom.page(LOCAL, limit=10, after=None, status="pending", q=None, sort="newest")
        assert {article.id for article in page} == {second, third}
        assert {stored.article.id for stored in await desk.newsroom.active(LOCAL)} == {first}
        for article_id in (third, second, first):
            await desk.newsroom.delete(LOCAL, article_id)
        with pytest.raises(NotFound):
            await desk.newsroom.get(LOCAL, first)


async def test_what_an_article_does_not_have_is_not_found(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        with pytest.raises(NotFound):
            await desk.newsroom.picture(LOCAL, article_id)
        with pytest.raises(NotFound):
            await desk.newsroom.rewrite(LOCAL, article_id, base=1, section=99, instruction="shorter")


def test_an_article_has_a_cost_only_where_prices_are_set() -> None:
    usage = Usage(1_000_000, 500_000)
    assert results.cost(usage, prompt=0, completion=0) is None
    assert results.cost(usage, prompt=0.5, completion=2) == 1.5
