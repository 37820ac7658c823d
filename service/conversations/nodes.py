"""The chat as a PocketFlow flow: one node, which asks the model and streams its answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from pocketflow import AsyncFlow, AsyncNode

from service.conversations import proposals
from service.conversations.curtain import Curtain
from service.conversations.memory import BYTES_A_TOKEN, remembered
from service.conversations.prompts import ChatPrompts
from service.conversations.proposals import Proposal, Subject
from service.core.model_errors import ModelError, ModelNonsense
from service.messages import say
from service.models.model import Fitting, Message, Model, Paper, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that the flow can use."""

    model: Model
    prompts: ChatPrompts
    paper: Paper
    history_tokens: int


class Shared(TypedDict, total=False):
    """The node's input and output."""

    context: Context
    conversation_history: Sequence[Message]  # the last message is the question
    subject: Subject | None
    proposal: Proposal | None


class StreamAnswer(AsyncNode):
    async def prep_async(self, shared: Shared) -> tuple[Context, Subject | None, Fitting]:
        context, subject = shared["context"], shared["subject"]
        return context, subject, _asked(context, subject, shared["conversation_history"])

    async def exec_async(self, prep_res: tuple[Context, Subject | None, Fitting]) -> Proposal | None:
        context, subject, asked = prep_res
        if subject is None:
            context.paper.replace((await context.model.ask(asked, _Listener(context.paper))).text)
            return None
        return await self._about(subject, context, asked)

    async def _about(self, subject: Subject, context: Context, asked: Fitting) -> Proposal | None:
        """An answer about an article, which may end with a proposal that is not streamed."""
        curtain = Curtain(context.paper.append)
        answer = await context.model.ask(asked, _Listener(context.paper, curtain))
        curtain.close()
        block = curtain.behind
        if block is None or not proposals.is_meant(block):
            context.paper.replace(answer.text)
            return None
        context.paper.replace(context.paper.value.rstrip())
        try:
            return await asyncio.to_thread(proposals.parse, block, subject)  # comparing texts takes long
        except ModelNonsense as mistake:
            more = [Message("assistant", answer.text), context.prompts.repair(say(mistake.sentence))]
        return await self._repaired(subject, context, Fitting(lambda room: [*asked.within(room), *more], asked.most))

    async def _repaired(self, subject: Subject, context: Context, asked: Fitting) -> Proposal:
        curtain = Curtain(lambda _: None)
        curtain.append((await context.model.ask(asked)).text + "\n")
        try:
            return await asyncio.to_thread(proposals.parse, curtain.behind or "", subject)
        except ModelNonsense as mistake:
            raise ModelNonsense("unusable_proposal", why=mistake.sentence) from None

    async def post_async(self, shared: Shared, prep_res: object, exec_res: Proposal | None) -> None:
        shared["proposal"] = exec_res


async def answer(context: Context, said: Sequence[Message], subject: Subject | None) -> Proposal | None:
    """Write an answer to the last message on the context's paper, and return its proposal."""
    shared: Shared = {"context": context, "conversation_history": said, "subject": subject}
    await AsyncFlow(start=StreamAnswer()).run_async(shared)  # ty: ignore[invalid-argument-type]
    return shared["proposal"]


def _asked(context: Context, subject: Subject | None, said: Sequence[Message]) -> Fitting:
    """The article goes before earlier messages, and of these the latest."""
    article = "" if subject is None else subject.content

    def within(room: int) -> list[Message]:
        seen = None if subject is None else replace(subject, content=_whole_sections(article, room))
        kept = remembered(said, max(0, room - len(article)) // BYTES_A_TOKEN)
        return [context.prompts.system(seen), *kept]

    return Fitting(within, len(article) + BYTES_A_TOKEN * context.history_tokens)


def _whole_sections(article: str, room: int) -> str:
    """The first sections: of one that it sees in part, the model would propose a change that loses the rest."""
    return article if len(article) <= room else article[:room].rpartition("\n## ")[0]


class _Listener:
    """Writes an answer to the paper as it arrives, without what a curtain hides."""

    def __init__(self, paper: Paper, curtain: Curtain | None = None) -> None:
        self._paper = paper
        self._curtain = curtain
        self._append = paper.append if curtain is None else curtain.append

    def append(self, delta: str) -> None:
        self._append(delta)

    def running(self, phase: Phase, text: str) -> None:
        pass

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        self._paper.replace("")
        if self._curtain is not None:
            self._curtain.raise_again()
