"""Ask, ask again, stop, come, leave, fall asleep, in any order and at any moment: what everybody has in the end is what
is stored, one answer is given at a time, and what is deleted stays so."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from service.conversations.audience import Ended, Failed, History, Started
from service.conversations.hub import Hub
from service.conversations.prompts import ChatPrompts
from service.conversations.session import Session
from service.conversations.setup import Setup
from service.core.caller import LOCAL
from service.core.errors import Busy, Conflict, NotFound
from service.core.model_errors import ModelUnavailable
from service.core.pace import steady
from service.log.memory import MemoryLog
from service.settings import ROOT
from service.store.conversations import Begun, ChatMessage, Conversation, Conversations, Standing
from service.wire.chat_socket import chunks
from tests.examples import examples
from tests.fakes import QueuedModel, Reply
from tests.store.test_conversations import NOW

PEOPLE = 3
PROMPTS = ChatPrompts(ROOT / "config" / "prompts")

turns = st.integers(0, 12)  # of the loop: an answer takes about twenty
who = st.integers(0, PEOPLE - 1)
deeds = ["ask", "ask", "ask", "ask_again", "stop", "come", "come", "leave", "fall asleep", "wake"]
steps = st.lists(st.tuples(st.sampled_from(deeds), who, turns), min_size=10, max_size=60)
replies: st.SearchStrategy[list[Reply]] = st.lists(
    st.sampled_from(["", "Hello.", "Long. " * 40, ModelUnavailable("gone")]), max_size=8
)


class MemoryStore(Conversations):
    """Each of its transactions happens at one moment, some turns after it was asked for and before it is told."""

    def __init__(self) -> None:
        self.said: dict[str, list[ChatMessage]] = {}
        self.epochs: dict[str, int] = {}

    async def ask(
        self, workspace: str, conversation_id: str, article_id: str | None, content: str, *, new: bool = True
    ) -> Begun:
        await pause(1)
        said = self.said.setdefault(conversation_id, [])
        question = ChatMessage(number=len(said) + 1, role="user", content=content, created_at=NOW)
        said.append(question)
        begun = self._begun(conversation_id, question)
        await pause(1)
        return begun

    async def ask_again(self, conversation_id: str) -> Begun:
        await pause(1)
        said = self.said.get(conversation_id, [])
        if not said:
            raise Conflict("nothing_asked")
        if said[-1].role == "assistant":
            said.pop()
        begun = self._begun(conversation_id, said[-1])
        await pause(1)
        return begun

    def _begun(self, conversation_id: str, question: ChatMessage) -> Begun:
        self.epochs[conversation_id] = self.epochs.get(conversation_id, 0) + 1
        return Begun(self.epochs[conversation_id], question)

    async def answer(self, conversation_id: str, epoch: int, answer: ChatMessage) -> None:
        await pause(2)
        assert answer.number == len(self.said[conversation_id]) + 1
        self.said[conversation_id].append(answer)
        await pause(2)

    async def fail(self, conversation_id: str, epoch: int, failure: str) -> None:
        await pause(1)

    async def standing(self, workspace: str, conversation_id: str) -> Standing:
        await self.get(workspace, conversation_id)
        said, epoch = self.said[conversation_id], self.epochs[conversation_id]
        others: dict[str, Any] = {
            "article_id": None,
            "ours": False,
            "elsewhere": False,
            "stopping": False,
            "failure": None,
        }
        answer = said[-1] if said[-1].role == "assistant" else None
        question = said[-1] if answer is None else said[-2]
        return Standing(epoch=epoch, question=question, answer=answer, applied={}, **others)

    async def get(self, workspace: str, conversation_id: str) -> Conversation:
        await pause(1)
        if conversation_id not in self.said:
            raise NotFound("conversation")
        return Conversation(
            id=conversation_id, title="", article_id=None, created_at=NOW, updated_at=NOW, workspace=workspace
        )

    async def latest(self, conversation_id: str, characters: int) -> list[ChatMessage]:
        await pause(1)
        said = list(self.said.get(conversation_id, []))
        await pause(3)
        return said

    async def delete(self, conversation_id: str) -> None:
        await pause(1)
        self.said.pop(conversation_id, None)
        await pause(1)


async def pause(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


@dataclass
class Person:
    """Somebody in the conversation, and what they hold of it."""

    hub: Hub
    session: Session
    said: list[ChatMessage] = field(default_factory=list)
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    listening: asyncio.Task[None] = field(init=False)

    def __post_init__(self) -> None:
        self.awake.set()
        self.listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        text, answering = "", False
        async for told in self.session.audience.view():
            match told:
                case History(said):
                    self.said, answering = list(said), False
                case Started(question, channel):
                    assert not answering
                    self.said = [*(one for one in self.said if one.number < question.number), question]
                    text, answering = "", True
                    async for batch in channel.follow(None):
                        for chunk in chunks(batch):
                            text = text[: chunk.offset] + chunk.content
                        await self.awake.wait()
                case Ended(answer):
                    assert answering
                    assert text == answer.content
                    self.said.append(answer)
                    answering = False
                case Failed():
                    answering = False
            await self.awake.wait()

    async def leave(self) -> None:
        self.listening.cancel()
        await asyncio.gather(self.listening, return_exceptions=True)
        self.hub.leave(self.session)


class Conversing:
    def __init__(self, replies: list[Reply]) -> None:
        self.store, self.model = MemoryStore(), QueuedModel(list(replies))
        log = MemoryLog(pace=steady(0), keep=2, linger=1)
        others: dict[str, Any] = {"newsroom": None, "log": log, "model": self.model, "prompts": PROMPTS}
        self.hub = Hub(Setup(conversations=self.store, history_tokens=1_000, **others))
        self.people: dict[int, Person] = {}
        self.id: str | None = None

    async def do(self, deed: str, number: int) -> None:
        person = self.people.get(number)
        if deed == "come" and person is None:
            with suppress(NotFound):
                await self._come(number)
        elif person is None:
            return
        elif deed == "leave":
            await self.people.pop(number).leave()
        elif deed == "ask":
            with suppress(Busy):
                person.session.ask("Question")
        elif deed == "ask_again":
            with suppress(Busy):
                person.session.ask_again()
        elif deed == "stop":
            await person.session.stop()
        elif deed == "wake":
            person.awake.set()
        elif deed == "fall asleep":
            person.awake.clear()

    async def _come(self, number: int) -> None:
        try:
            session = await self.hub.enter(LOCAL, self.id, None)
        except NotFound:
            if self.id in self.store.said:
                raise AssertionError("it is stored, and was not found") from None
            raise
        self.id = session.id
        self.people[number] = Person(self.hub, session)

    async def close(self) -> None:
        """All that is under way ends, and everybody hears of it."""
        await self.hub.ended()
        self.hub.close()
        for person in self.people.values():
            person.awake.set()
        async with asyncio.timeout(60):
            await asyncio.gather(*(person.listening for person in self.people.values()))

    async def empty(self) -> None:
        for person in self.people.values():
            await person.leave()
        assert len(self.hub) == 0
        assert self.model.most_under_way <= 1


@given(steps, replies)
@settings(max_examples=examples(80))
def test_in_whatever_order_everybody_has_what_is_stored(
    steps: list[tuple[str, int, int]], replies: list[Reply]
) -> None:
    async def play() -> None:
        there = Conversing(replies)
        await there.do("come", 0)
        for deed, number, turns in steps:
            await there.do(deed, number)
            await pause(turns)
        await there.close()
        for person in there.people.values():
            assert person.said == there.store.said.get(cast(str, there.id), [])
        await there.empty()

    asyncio.run(play())


async def test_what_is_deleted_stays_deleted_whoever_comes_meanwhile() -> None:
    for before, after in product(range(0, 30, 3), range(12)):
        there = Conversing(["Hello."])
        await there.do("come", 0)
        await there.do("ask", 0)
        await pause(4 + before)
        deleting = asyncio.create_task(there.hub.delete(LOCAL, cast(str, there.id)))
        await pause(after)
        await there.do("come", 1)
        await there.do("ask", 1)
        await deleting
        await there.close()
        assert there.id not in there.store.said
        await there.empty()
