"""What all stages do alike: nothing twice, a paper for the text, a second try at a structured answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypedDict, TypeVar

from pocketflow import AsyncNode, AsyncParallelBatchNode

from service.core.brief import Brief
from service.core.errors import ModelError, ModelNonsense
from service.core.events import Outline, StageName, TextStage, Usage
from service.models.model import Answer, Message, Paper
from service.stages.desk import Desk, Output, Research
from service.stages.passages import Passage
from service.stages.prompts import Prompts


class Shared(TypedDict, total=False):
    """What the nodes hand on. The desk stands where the seeds have `sse_queue`."""

    topic: str
    brief: Brief
    prompts: Prompts
    desk: Desk
    research: Research | None
    passages: list[Passage]  # of its sources
    outline: Outline
    sections: list[str]
    draft: str
    final_article: str


T = TypeVar("T")
Done = tuple[Output, Usage, int]


class Step(AsyncNode):
    """A node that works on all that is shared."""

    async def prep_async(self, shared: Shared) -> Shared:
        return shared


class AllAtOnce(AsyncParallelBatchNode):
    """A node whose items are worked on at the same time."""

    async def _exec(self, items: list[Any]) -> list[Any]:
        # PocketFlow's own is a bare gather: when one item fails, the others would work on.
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(AsyncNode._exec(self, item)) for item in items]
        except ExceptionGroup as group:
            raise _first(group) from None
        return [task.result() for task in tasks]


async def once(desk: Desk, stage: StageName, section: int | None, work: Callable[[], Awaitable[Done]]) -> Output:
    """What was saved, or else what `work` gives, saved."""
    if (saved := desk.saved(stage, section)) is not None:
        return saved
    await desk.start(stage, section)
    output, usage, attempts = await work()
    await desk.save(stage, section, output, usage, attempts)
    return output


async def structured(
    shared: Shared, stage: StageName, messages: list[Message], parse: Callable[[str], T], last: Callable[[str], T]
) -> tuple[T, Usage, int]:
    """A structured answer. If it can't be parsed, the model is shown its mistake once; `last` parses that answer."""
    desk, prompts = shared["desk"], shared["prompts"]
    listener = Silent(desk, stage)
    answer = await desk.tools.model.ask(messages, listener)
    try:
        return parse(answer.text), answer.usage, answer.attempts
    except ModelNonsense as mistake:
        again = [
            *messages,
            Message("assistant", answer.text),
            Message("user", prompts.fill("repair", mistake=mistake.message)),
        ]
    repaired = await desk.tools.model.ask(again, listener)
    try:
        return last(repaired.text), answer.usage + repaired.usage, answer.attempts + repaired.attempts
    except ModelNonsense as mistake:
        raise ModelNonsense(f"the model gave no usable answer: {mistake.message}") from None


async def streamed(
    desk: Desk, stage: TextStage, section: int | None, messages: list[Message], after: str = ""
) -> Answer:
    """An answer that viewers see as it comes, behind the text that is there already."""
    paper = desk.paper(stage, section)
    if after:
        paper.append("\n\n")
    return await desk.tools.model.ask(messages, Streamed(desk, stage, section, paper, f"{after}\n\n" if after else ""))


class Silent:
    """Hears a structured answer, of which nobody sees the text."""

    def __init__(self, desk: Desk, stage: StageName, section: int | None = None) -> None:
        self._desk, self._stage, self._section = desk, stage, section

    def append(self, delta: str) -> None:
        pass

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        self._desk.retrying(self._stage, self._section, attempt, error, delay)


class Streamed(Silent):
    """Puts an answer on paper as it comes, behind `before`."""

    def __init__(self, desk: Desk, stage: StageName, section: int | None, paper: Paper, before: str) -> None:
        super().__init__(desk, stage, section)
        self._paper = paper
        self._before = before
        self.append = paper.append

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        self._paper.replace(self._before)
        super().retrying(attempt, error, delay)


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """What went wrong first: TaskGroup has cancelled the others for it."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
