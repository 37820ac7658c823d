"""A model fed from a queue, and a desk that keeps everything in memory."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from service.core.brief import Brief
from service.core.events import Output, Usage
from service.core.model_errors import ModelError, ModelUnavailable
from service.core.sentences import Sentence
from service.core.texts import TextKey
from service.core.work import Work, at_work
from service.models.model import ANYTHING, Answer, Asked, Listener, Message, Model, Want
from service.models.window import Window
from service.research.fetching import Fetcher, Limits
from service.stages import flows
from service.stages.desk import Desk, Tools
from service.stages.prompts import Prompts
from service.stages.stage import Shared

MOST, USED = Usage(10, 20), Usage(2, 3)

OUTLINE = """```yaml
title: "Bees"
sections:
  - title: "Hive"
    covers: "where they live"
  - title: "Honey"
    leaves: "where they live"
```"""


def writes(messages: list[Message]) -> str:
    """Answers each of our prompts in form, and so that one can tell what was asked."""
    asked = messages[1].content
    if "```yaml" in asked:
        return OUTLINE
    if "<draft>" in asked:
        return asked.partition("<draft>\n")[2].partition("\n</draft>")[0].replace("Text of", "Styled text of")
    title = asked.partition("<section>\n")[2].partition("\n</section>")[0]
    return f"Text of {title}, part {asked.count('Text of')}." if "too short" in asked else f"Text of {title}."


@dataclass
class Costly:
    """A failure that has cost something."""

    error: ModelError
    usage: Usage


Reply = str | ModelError | Costly | Callable[[list[Message]], str]


@dataclass
class QueuedModel:
    """Gives the replies in turn, then `writes`; records what it was asked. `gate` holds all answers back midway,
    but for the first `ungated`."""

    replies: list[Reply] = field(default_factory=list)
    asked: list[list[Message]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    ungated: int = 0
    silent: bool = False  # held back from the first word on
    is_small: bool = False
    window: Window = field(default_factory=Window)
    under_way: int = 0
    most_under_way: int = 0

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        messages, _ = self.window.fitted(asked, want)
        self.asked.append(list(messages))
        gate = self.gate if len(self.asked) > self.ungated else None
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return await self._answer(messages, listener, gate)
        finally:
            self.under_way -= 1

    def about(self) -> list[Sentence]:
        return []

    async def small(self, listener: Listener | None = None) -> bool:
        return self.is_small

    async def _answer(self, messages: list[Message], listener: Listener | None, gate: asyncio.Event | None) -> Answer:
        reply = self.replies.pop(0) if self.replies else writes
        await asyncio.sleep(0)
        if isinstance(reply, Costly):
            at_work().usage += reply.usage
            raise reply.error
        if isinstance(reply, ModelError):
            raise reply
        text = reply if isinstance(reply, str) else reply(messages)
        at_work().usage += USED
        half = len(text) // 2
        if listener is not None and not self.silent:
            listener.append(text[:half])
        await asyncio.sleep(0)
        if gate is not None:
            await gate.wait()
        if listener is not None:
            listener.append(text if self.silent else text[half:])
        return Answer(text.strip())


class PaidModel(QueuedModel):
    """Is paid for each answer, which may use `MOST` and uses less."""

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        if want.purse is None:
            return await super().ask(asked, listener, want)
        used = Usage()
        async with want.purse.paying("fake", MOST, lambda: used):
            answer = await super().ask(asked, listener, want)
            used = USED
        return answer


class RetryingModel(QueuedModel):
    """Withdraws each streamed answer once, in the middle."""

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        if listener is not None:
            listener.append("a wrong beginn")
            listener.retrying(2, ModelUnavailable("status", status=500), 0.0)
            at_work().attempts += 1
        return await super().ask(asked, listener)


@dataclass
class Paper:
    value: str = ""

    def append(self, delta: str) -> None:
        self.value += delta

    def replace(self, value: str) -> None:
        self.value = value


async def run_flow(brief: Brief, desk: Desk, prompts: Prompts) -> str | None:
    """Run the brief's flow at a desk: the article, or None if its outline is to be reviewed first."""
    shared: Shared = {"brief": brief, "desk": desk, "prompts": prompts}
    finished = await flows.run(flows.FLOWS[brief.flow], shared)
    return shared["final_article"] if finished else None


FETCHING = Limits(connect=2, total=5, max_bytes=1_000_000, max_characters=20_000, reading=20, readings_at_once=1)


def tools(model: Model, **others: Any) -> Tools:
    """A desk's tools, with nobody to search and nobody to paint unless given."""
    return Tools(model=model, fetcher=others.pop("fetcher", None) or Fetcher(FETCHING), **others)


@dataclass
class MemoryDesk:
    model: QueuedModel
    others: dict[str, Any] = field(default_factory=dict)
    outputs: dict[tuple[str, int | None], Output] = field(default_factory=dict)
    papers: dict[TextKey, Paper] = field(default_factory=dict)
    log: list[tuple[str, str, int | None]] = field(default_factory=list)
    usage: dict[tuple[str, int | None], Usage] = field(default_factory=dict)  # of what was saved
    picture: bytes | None = None
    wasted: Usage = field(default_factory=Usage)  # what failed work has cost

    @property
    def tools(self) -> Tools:
        return tools(self.model, **self.others)

    def saved(self, stage: str, section: int | None) -> Output | None:
        return self.outputs.get((stage, section))

    async def start(self, stage: str, section: int | None) -> None:
        await asyncio.sleep(0)
        self.log.append(("start", stage, section))

    def paper(self, key: TextKey) -> Paper:
        return self.papers.setdefault(key, Paper())

    def spent(self, stage: str, section: int | None, usage: Usage) -> None:
        self.log.append(("spent", stage, section))
        self.wasted += usage

    def retrying(
        self,
        stage: str,
        section: int | None,
        attempt: int,
        error: ModelError,
        delay: float,
    ) -> None:
        self.log.append(("retrying", stage, section))

    def running(self, stage: str, section: int | None, sentence: Sentence) -> None:
        self.log.append((sentence.code, stage, section))

    async def save(
        self,
        stage: str,
        section: int | None,
        output: Output,
        work: Work,
    ) -> None:
        await asyncio.sleep(0)
        self.outputs[stage, section] = output
        self.usage[stage, section] = work.usage
        self.log.append(("save", stage, section))

    async def keep(self, picture: bytes, media_type: str) -> str:
        self.picture = picture
        return "/picture"
