"""What a stage is, and what all stages do alike: nothing twice, a paper for the text, a second try at a structured
answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, TypedDict, TypeVar

from pocketflow import AsyncNode, AsyncParallelBatchNode

from service.core.brief import Brief, Rewrite
from service.core.errors import ModelError, ModelNonsense
from service.core.events import Output, StageData, Usage, Words
from service.core.outline import Outline
from service.core.sections import Mark
from service.core.sentences import Sentence
from service.core.texts import TextKey, TextKind
from service.core.words import count
from service.messages import say
from service.models.model import Answer, Message, Paper
from service.stages.desk import Desk, Skipped, Written
from service.stages.passages import Passage
from service.stages.prompts import Prompts
from service.stages.sources import Research


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
    rewrite: Rewrite
    content: str  # the article of which a section is rewritten
    marks: Sequence[Mark]  # of its sections
    paused: bool  # the outline is to be reviewed before anything else


PAUSE = "pause"  # the action after which a flow ends, to go on when people have had a look

T = TypeVar("T")
Done = tuple[Output, Usage, int]


class Step(AsyncNode):
    """A node that works on all that is shared."""

    async def prep_async(self, shared: Shared) -> Shared:
        return shared


class Stage(Step):
    """One step of a flow that is stored and told of. A stage is one file; the flows that have it name it."""

    name: ClassVar[str]  # as it is stored, and told on every wire
    label: ClassVar[str]  # as people read it
    agent: ClassVar[str]
    weight: ClassVar[int]  # how much of a run it is
    output: ClassVar[type[Output]]
    tells: ClassVar[type[StageData] | None] = None  # what `public` gives
    text: ClassVar[TextKind | None] = None  # which text it streams; drafts are by section
    prompts: ClassVar[Mapping[str, str]] = {}  # its own, by name; config/prompts/<name>.md replaces one
    sentences: ClassVar[dict[str, str]]  # English by status: `started`, `completed`, and what else it says

    @classmethod
    def wanted(cls, brief: Brief) -> bool:
        return True

    @classmethod
    def public(cls, output: Output) -> StageData | None:
        """What events and results tell of an output."""
        if isinstance(output, Written):
            return Words(words=count(output.text))
        return output if isinstance(output, StageData) else None

    @classmethod
    def completed(cls, output: Output, section: int | None) -> Sentence:
        """How its end is told."""
        return sentence(cls.name, "completed", section)


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


def sentence(stage: str, status: str, section: int | None) -> Sentence:
    return Sentence(f"{stage}.{status}", {} if section is None else {"section": section})


def skipped(why: Sentence) -> Done:
    return Skipped(why), Usage(), 1


async def once(desk: Desk, stage: str, section: int | None, work: Callable[[], Awaitable[Done]]) -> Output:
    """What was saved, or else what `work` gives, saved."""
    if (saved := desk.saved(stage, section)) is not None:
        return saved
    await desk.start(stage, section)
    try:
        output, usage, attempts = await work()
    except ModelError as error:
        desk.spent(stage, section, error.usage)
        raise
    await desk.save(stage, section, output, usage, attempts)
    return output


async def structured(
    shared: Shared, stage: str, messages: list[Message], parse: Callable[[str], T], last: Callable[[str], T]
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
            Message("user", prompts.fill("repair", mistake=say(mistake.sentence))),
        ]
    try:
        repaired = await desk.tools.model.ask(again, listener)
    except ModelError as error:
        error.after(answer.usage)
        raise
    usage = answer.usage + repaired.usage
    try:
        return last(repaired.text), usage, answer.attempts + repaired.attempts
    except ModelNonsense as mistake:
        raise ModelNonsense("unusable", why=mistake.sentence).after(usage) from None


async def streamed(desk: Desk, stage: str, key: TextKey, messages: list[Message], after: str = "") -> Answer:
    """An answer that viewers see as it comes, behind the text that is there already."""
    paper, before = desk.paper(key), f"{after}\n\n" if after else ""
    if after:
        paper.append("\n\n")
    return await desk.tools.model.ask(messages, Streamed(desk, stage, key[1], paper, before))


class Silent:
    """Hears a structured answer, of which nobody sees the text."""

    def __init__(self, desk: Desk, stage: str, section: int | None = None) -> None:
        self._desk, self._stage, self._section = desk, stage, section

    def append(self, delta: str) -> None:
        pass

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        self._desk.retrying(self._stage, self._section, attempt, error, delay)


class Streamed(Silent):
    """Puts an answer on paper as it comes, behind `before`."""

    def __init__(self, desk: Desk, stage: str, section: int | None, paper: Paper, before: str) -> None:
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
