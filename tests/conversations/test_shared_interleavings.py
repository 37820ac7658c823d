"""Ask, ask again, stop, come, leave, be taken for dead, be cut off, in any order and at any server: what everybody has
in the end is what is stored, and each question has at most one answer."""

import asyncio
import itertools
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.errors import Busy
from service.core.model_errors import ModelUnavailable
from tests import postgres
from tests.conversations.contract import PATIENCE, Person, Server, comes, one_of, talk
from tests.examples import examples
from tests.fakes import QueuedModel, Reply
from tests.log.articles import CUT, ask
from tests.stopped import found_stopped

pytestmark = pytest.mark.process

deeds = ["ask", "ask", "ask", "ask_again", "stop", "come", "leave", "wait", "wait", "dead", "cut"]
steps = st.lists(st.tuples(st.sampled_from(deeds), st.integers(0, 3), st.integers(0, 1)), min_size=10, max_size=30)
replies: st.SearchStrategy[list[Reply]] = st.lists(
    st.sampled_from(["Hello.", "Long. " * 40, ModelUnavailable("gone")]), min_size=2, max_size=8
)


class Slow(QueuedModel):
    """So that others do something meanwhile."""

    async def _answer(self, messages: Any, listener: Any, gate: asyncio.Event | None) -> Any:
        if listener is not None:
            listener.append("Well… ")
        await asyncio.sleep(0.02)
        return await super()._answer(messages, None, gate)


class Play:
    def __init__(
        self, database: psycopg.Connection, servers: tuple[Server, Server], first: tuple[Person, Person]
    ) -> None:
        self.database, self.servers = database, servers
        self.id = first[0].session.id
        self.people: dict[int, Person] = dict(enumerate(first))
        self.asking: list[asyncio.Future[None]] = []

    async def do(self, deed: str, number: int, server: int) -> None:
        person = self.people.get(number)
        match deed:
            case "wait":
                await asyncio.sleep(0.01 * number)
            case "dead":
                process = self.servers[server].store.articles._database.process
                await found_stopped(self.servers[1 - server].store.articles, process)
                await self.servers[server].store.articles.call_roll({})  # it lives, and says so
            case "cut" if number == 0:
                await asyncio.to_thread(ask, self.database, CUT)
            case "come" if person is None:
                self.people[number] = await comes(self.servers[server], self.id)
            case "leave" if person is not None and len(self.people) > 1:
                await self.people.pop(number).leave()
            case "stop" if person is not None:
                await person.session.stop()
            case "ask" | "ask_again" if person is not None:
                with suppress(Busy):
                    asked = person.session.ask("Question") if deed == "ask" else person.session.ask_again()
                    self.asking.append(asked)

    async def end(self) -> None:
        for result in await asyncio.gather(*self.asking, return_exceptions=True):
            assert result is None or isinstance(result, Busy)
        async with asyncio.timeout(PATIENCE):
            for server in self.servers:
                await server.hub.ended()
        stored = await self.servers[0].store.conversations.latest(self.id, 1_000_000)
        assert [one.number for one in stored] == [*range(1, len(stored) + 1)]
        assert all(b.role == "user" for a, b in itertools.pairwise(stored) if a.role == "assistant")
        for person in self.people.values():
            assert not person.listening.done()
            await person.until(lambda person=person: not person.answering and person.said == stored)
            await person.leave()


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    with postgres.url() as url, pytest.MonkeyPatch.context() as patched:
        patched.setattr("service.log.postgres.AGAIN", 0.01)
        patched.setattr("service.conversations.session.AGAIN", 0.01)
        patched.setattr("service.conversations.session.LATE", 0.2)
        yield url


@settings(max_examples=examples(10), deadline=None)
@given(steps=steps, replies=replies)
def test_wherever_they_are_everybody_has_what_is_stored(
    url: str, steps: list[tuple[str, int, int]], replies: list[Reply]
) -> None:
    async def play() -> None:
        model = Slow(["Yes.", *replies])
        async with one_of(url, model) as here, one_of(url, model) as there:
            with psycopg.connect(url, autocommit=True) as database:
                it = Play(database, (here, there), await talk(here, there))
                for step in steps:
                    await it.do(*step)
                await it.end()

    asyncio.run(play())
