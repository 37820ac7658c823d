"""Several logs on one database, and the articles that it knows."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg

from service.core.events import Event
from service.log.contract import Log, Story
from service.log.memory import MemoryLog
from service.log.postgres import PostgresLog
from tests.log.contract import PATIENCE, Follower, on

ARTICLE = """
INSERT INTO articles (id, topic, title, version, brief, status, epoch, run, content, words, created_at, queued_at)
VALUES (%s, '', '', 0, '{}', %s, %s, 1, '', 0, now(), now())
ON CONFLICT (id) DO UPDATE SET status = excluded.status, epoch = excluded.epoch
"""
DRAFT = "draft", 1
CUT: LiteralString = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"
)

Database = str | psycopg.Connection


def stored(database: Database, article_id: str, epoch: int, status: str = "processing") -> None:
    """What the article's row says from now on."""
    ask(database, ARTICLE, article_id, status, epoch)


CONVERSATION = """
INSERT INTO conversations (id, title, created_at, updated_at, epoch, writer) VALUES (%s, '', now(), now(), %s, %s)
ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, writer = excluded.writer
"""


def answering(database: Database, conversation_id: str, epoch: int, writer: str | None) -> None:
    """Which process answers in a conversation from now on."""
    ask(database, CONVERSATION, conversation_id, epoch, writer)


def ask(database: Database, statement: LiteralString, *words: Any) -> list[Any]:
    if isinstance(database, str):
        with psycopg.connect(database, autocommit=True) as connection:
            return ask(connection, statement, *words)
    cursor = database.execute(statement, words)
    return cursor.fetchall() if cursor.description else []


def rows(url: str) -> list[tuple[str, int, int]]:
    return ask(url, "SELECT article_id, epoch, part FROM events ORDER BY 1, 2, 3")


@asynccontextmanager
async def logs(url: str, keep: int = 64) -> AsyncGenerator[tuple[PostgresLog, PostgresLog]]:
    async with on(url, keep=keep) as one, on(url, keep=keep) as other:
        for log in (one, other):
            await connected(log)
        yield one, other


async def connected(log: PostgresLog) -> None:
    async with asyncio.timeout(PATIENCE):
        while log._answered is None:
            await asyncio.sleep(0.005)


def deafen(log: MemoryLog) -> None:
    """It hears no more of what other processes change."""
    assert isinstance(log, PostgresLog)
    log.heard = {kind: lambda _: None for kind in ("conversations", "renewals")}
    log.hear = lambda *_: None  # ty: ignore[invalid-assignment]


async def joined(log: Log, article_id: str = "a", after: int | None = None) -> Follower:
    return Follower(await story(log, article_id), after)


async def story(log: Log, article_id: str = "a") -> Story:
    """The article's log at a server that does not write it, as soon as there is something of it."""
    async with asyncio.timeout(PATIENCE):
        while (found := await log.join(article_id)) is None:
            await asyncio.sleep(0.005)
    return found


def told(follower: Follower) -> list[tuple[int | None, Event]]:
    return list(zip(follower.ids, follower.events, strict=True))


async def until(reached: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not reached():
            await asyncio.sleep(0.005)
