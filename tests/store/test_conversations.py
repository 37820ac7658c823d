from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio
from sqlalchemy import Connection, update

from service.core.article import Edit
from service.core.errors import Conflict, NotFound
from service.store import tables
from service.store.articles import Articles
from service.store.conversations import LATEST, ChatMessage, Conversations
from service.store.database import Database

T = TypeVar("T")
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
CHANGE = Edit(base=1, title=None, content="## Hive\n\nWood.")


class Dying(Database):
    """Stores so many transactions more, then no other."""

    left = 1_000

    async def write(self, work: Callable[[Connection], T]) -> T:
        if self.left == 0:
            raise RuntimeError("the process has died")
        self.left -= 1
        return await super().write(work)


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Dying]:
    database = Dying(tmp_path)
    await database.migrate()
    yield database
    database.close()


async def finished(database: Database) -> str:
    """An article's id, which has its version 1."""
    article = await Articles(database, waiting_limit=10).create(topic="Bees", brief="{}")
    done = {"status": "completed", "version": 1, "content": "## Hive\n\nWax."}
    await database.write(lambda connection: connection.execute(update(tables.articles).values(done)))
    return article.id


async def answered(said: Conversations, article_id: str | None = None, content: str = "Hello.") -> None:
    question = await said.ask("talk", article_id, "Question")
    answer = ChatMessage(
        number=question.number + 1,
        role="assistant",
        content=content,
        created_at=NOW,
        proposal_id="proposal",
        proposal="{}",
    )
    await said.answer("talk", answer)


async def test_a_proposal_is_applied_and_marked_or_neither(database: Dying) -> None:
    said, library = Conversations(database), Articles(database, waiting_limit=10)
    article = await finished(database)
    await answered(said, article)
    database.left = 0
    with pytest.raises(RuntimeError):
        await said.apply("talk", "proposal", article, CHANGE)
    assert await library.versions(article) == []
    database.left = 1
    await said.apply("talk", "proposal", article, CHANGE)
    assert [version.version for version in await library.versions(article)] == [2]
    assert (await said.proposed("talk", "proposal")).applied_version == 2


async def test_what_can_not_be_marked_is_not_applied(database: Dying) -> None:
    said = Conversations(database)
    article = await finished(database)
    await answered(said, article)
    with pytest.raises(NotFound):
        await said.apply("talk", "another", article, CHANGE)
    assert await Articles(database, waiting_limit=10).versions(article) == []
    await said.apply("talk", "proposal", article, CHANGE)
    with pytest.raises(Conflict):
        await said.apply("talk", "proposal", article, CHANGE)


async def test_whoever_asks_about_an_article_that_is_gone_by_now_asks_without(database: Dying) -> None:
    said = Conversations(database)
    article = await finished(database)
    await Articles(database, waiting_limit=10).delete(article)
    await answered(said, article)
    assert (await said.get("talk")).article_id is None


async def test_of_a_long_conversation_the_end_is_told(database: Dying) -> None:
    said = Conversations(database)
    for n in range(5):
        await answered(said, content=f"{n}" * 1_000)
    latest = await said.latest("talk", 1_500)
    assert [one.content[0] for one in latest] == ["3", "Q", "4"]
    for _ in range(LATEST // 2):
        await answered(said)
    assert len(await said.latest("talk", 1_000_000)) == LATEST


async def test_asking_again_forgets_the_answer_and_what_followed(database: Dying) -> None:
    said = Conversations(database)
    with pytest.raises(Conflict):
        await said.ask_again("talk")
    await answered(said)
    question = await said.ask_again("talk")
    assert await said.latest("talk", 1_000) == [question]
    assert await said.ask_again("talk") == question
