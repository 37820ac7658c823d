"""What is said to articles: rules for every store, and what becomes of a transaction that dies."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from service.core.article import Edit
from service.core.errors import Conflict, NotFound
from service.store.articles import Articles
from service.store.conversations import LATEST, ChatMessage, Conversations
from service.store.shares import Shares
from service.store.sqlite import SQLite
from tests.migrated import prepare
from tests.store.contract import Another, Store, created, finished, outcomes

T = TypeVar("T")
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
CHANGE = Edit(base=1, title=None, content="## Hive\n\nWood.")


class Dying(SQLite):
    """Stores so many transactions more, then no other."""

    left = 1_000

    async def _write(self, work: Callable[[Connection], T], patience: float) -> T:
        if self.left == 0:
            raise RuntimeError("the process has died")
        self.left -= 1
        return await super()._write(work, patience)


async def answered(said: Conversations, article_id: str | None = None, content: str = "Hello.") -> None:
    begun = await said.ask("default", "talk", article_id, "Question")
    answer = ChatMessage(
        number=begun.question.number + 1,
        role="assistant",
        content=content,
        created_at=NOW,
        proposal_id="proposal",
        proposal="{}",
    )
    await said.answer("talk", begun.epoch, answer)


async def test_a_proposal_is_applied_and_marked_or_neither(tmp_path: Path) -> None:
    database = Dying(prepare(tmp_path))
    store = Store(Articles(database, waiting_limit=10), Conversations(database), Shares(database))
    article = await finished(store)
    await answered(store.conversations, article.id)
    database.left = 0
    with pytest.raises(RuntimeError):
        await store.conversations.apply("talk", "proposal", article.id, CHANGE)
    assert len(await store.articles.versions(article.id)) == 1
    database.left = 1
    await store.conversations.apply("talk", "proposal", article.id, CHANGE)
    assert [version.version for version in await store.articles.versions(article.id)] == [1, 2]
    assert (await store.conversations.proposed("talk", "proposal")).applied_version == 2
    database.close()


async def test_what_can_not_be_marked_is_not_applied(store: Store) -> None:
    said, article = store.conversations, await finished(store)
    await answered(said, article.id)
    with pytest.raises(NotFound):
        await said.apply("talk", "another", article.id, CHANGE)
    assert await store.articles.get(article.id) == article
    assert len(await store.articles.versions(article.id)) == 1


async def test_a_proposal_is_applied_once_whoever_accepts_it_at_the_same_time(another: Another) -> None:
    stores = [await another() for _ in range(2)]
    article = await finished(stores[0])
    await answered(stores[0].conversations, article.id)
    applied, refused = await outcomes(
        *(store.conversations.apply("talk", "proposal", article.id, CHANGE) for store in stores * 2)
    )
    assert [one.version for one in applied] == [2]
    assert all(isinstance(error, Conflict) for error in refused)
    assert (await stores[1].conversations.proposed("talk", "proposal")).applied_version == 2


async def test_whoever_asks_about_an_article_that_is_gone_by_now_asks_without(store: Store) -> None:
    article = await created(store)
    await store.articles.delete(article)
    await answered(store.conversations, article)
    assert (await store.conversations.get("default", "talk")).article_id is None


async def test_a_conversation_outlives_its_article(store: Store) -> None:
    article = await created(store)
    await answered(store.conversations, article)
    assert (await store.conversations.get("default", "talk")).article_id == article
    await store.articles.delete(article)
    assert (await store.conversations.get("default", "talk")).article_id is None
    assert len(await store.conversations.latest("talk", 1_000)) == 2


async def test_a_deleted_conversation_takes_its_messages_along(store: Store) -> None:
    await answered(store.conversations)
    await store.conversations.delete("talk")
    assert await store.conversations.latest("talk", 1_000) == []
    with pytest.raises(NotFound):
        await store.conversations.get("default", "talk")
    assert (await store.conversations.ask("default", "talk", None, "Again")).question.number == 1


async def test_questions_of_several_at_once_are_numbered_in_turn(another: Another) -> None:
    stores = [await another() for _ in range(2)]
    asked = await asyncio.gather(
        *(store.conversations.ask("default", "talk", None, "Question") for store in stores * 5)
    )
    assert sorted(begun.question.number for begun in asked) == list(range(1, 11))


async def test_of_a_long_conversation_the_end_is_told(store: Store) -> None:
    said = store.conversations
    for n in range(5):
        await answered(said, content=f"{n}" * 1_000)
    latest = await said.latest("talk", 1_500)
    assert [one.content[0] for one in latest] == ["3", "Q", "4"]
    for _ in range(LATEST // 2):
        await answered(said)
    assert len(await said.latest("talk", 1_000_000)) == LATEST


async def test_asking_again_forgets_the_answer_and_what_followed(store: Store) -> None:
    said = store.conversations
    with pytest.raises(Conflict):
        await said.ask_again("talk")
    await answered(said)
    begun = await said.ask_again("talk")
    assert await said.latest("talk", 1_000) == [begun.question]
    assert (await said.ask_again("talk")).question == begun.question
