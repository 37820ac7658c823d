"""What is stored belongs to a workspace, which sees nothing of another."""

import pytest
from sqlalchemy import Table

from service.core.errors import NotFound, QueueFull
from service.core.purse import Payer
from service.store.listing import Wanted
from service.store.tables import metadata, workspaces, writers
from tests.store.contract import LIMIT, Store, outcome

BELONGING_TO_ALL = {workspaces.name, writers.name}


def belongs(table: Table) -> bool:
    if "workspace" in table.c:
        return not table.c.workspace.nullable
    above = [next(iter(column.foreign_keys)).column.table for column in table.c if column.foreign_keys]
    required = [not column.nullable for column in table.c if column.foreign_keys]
    return any(needed and belongs(parent) for needed, parent in zip(required, above, strict=True))


def test_every_row_belongs_to_a_workspace() -> None:
    homeless = [table.name for table in metadata.sorted_tables if not belongs(table)]
    assert set(homeless) == BELONGING_TO_ALL


async def test_lists_counts_and_tags_are_of_one_workspace(store: Store) -> None:
    theirs = await store.articles.create("theirs", topic="Bees", brief='{"language":"de"}')
    await store.articles.tag(theirs.id, ["hive"])
    for wanted in (Wanted(), Wanted(q="bees"), Wanted(tag="hive"), Wanted(status="pending")):
        assert (await store.articles.page("ours", wanted, limit=9)).total == 0
        assert [each.article.id for each in (await store.articles.page("theirs", wanted, limit=9)).listed] == [
            theirs.id
        ]
    assert await store.articles.tags("ours") == await store.articles.languages("ours") == []
    assert (await store.articles.counts("ours"), await store.articles.counts("theirs")) == ({}, {"pending": 1})
    [claim] = await store.articles.claim(1)
    assert await store.articles.active("ours") == []
    assert [stored.article for stored in await store.articles.active("theirs")] == [claim.article]


async def test_conversations_are_of_one_workspace(store: Store) -> None:
    await store.conversations.ask("theirs", "talk", None, "Bees?")
    assert await store.conversations.page("ours", limit=9, after=None, article=None) == []
    with pytest.raises(NotFound):
        await store.conversations.get("ours", "talk")
    assert (await store.conversations.get("theirs", "talk")).title == "Bees?"


async def test_the_same_key_of_two_workspaces_makes_two_articles(store: Store) -> None:
    ours, theirs = [
        await store.articles.create(each, topic="Bees", brief="{}", key="k", request="r") for each in ("ours", "theirs")
    ]
    again = await store.articles.create("theirs", topic="Bees", brief="{}", key="k", request="r")
    assert ours.id != theirs.id == again.id


async def test_what_others_have_waiting_keeps_no_workspaces_first_out(store: Store) -> None:
    async def create(workspace: str) -> str:
        payer = Payer(workspace=workspace, key=None)
        return (await store.articles.create(workspace, topic="Bees", brief="{}", payer=payer)).id

    for _ in range(LIMIT):
        await create("busy")
    first = await create("ours")
    for workspace in ("busy", "ours"):
        with pytest.raises(QueueFull):
            await create(workspace)
    [ours] = [each.article for each in await store.articles.claim(2) if each.article.id == first]
    await store.articles.finish(first, ours.epoch, outcome(ours, "failed"))
    await create("busy")
    assert (await store.articles.retry(first, Payer(workspace="ours", key=None))).status == "pending"


async def test_workspaces_take_turns_in_the_queue(store: Store) -> None:
    busy = [(await store.articles.create("busy", topic="Bees", brief="{}")).id for _ in range(5)]
    assert [claim.article.id for claim in await store.articles.claim(2)] == busy[:2]
    rare = [(await store.articles.create("rare", topic="Ants", brief="{}")).id for _ in range(2)]
    order = [rare[0], rare[1], busy[2], busy[3], busy[4]]
    assert await store.articles.queue() == dict(zip(order, [1, 2, 1, 2, 3], strict=True))
    assert [claim.article.id for claim in await store.articles.claim(1)] == [rare[0]]
    assert {claim.article.id for claim in await store.articles.claim(2)} == {rare[1], busy[2]}


async def test_workspaces_take_turns_though_one_article_is_written_at_a_time(store: Store) -> None:
    for whose in ("busy", "busy", "busy", "rare", "rare"):
        await store.articles.create(whose, topic="Bees", brief="{}")
    order = []
    while claims := await store.articles.claim(1):
        [article] = (claim.article for claim in claims)
        order.append(article.workspace)
        await store.articles.finish(article.id, article.epoch, outcome(article))
    assert order == ["busy", "rare", "busy", "rare", "busy"]
