"""What a stage is, and what all stages share: stored outputs are reused, and text is streamed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, TypedDict, TypeVar, cast

from pocketflow import AsyncNode, AsyncParallelBatchNode

from service.core.brief import Brief, Rewrite
from service.core.errors import BudgetSpent
from service.core.events import Output, StageData, Words
from service.core.model_errors import ModelError, ModelNonsense
from service.core.outline import Outline
from service.core.sections import Mark
from service.core.sentences import Sentence
from service.core.texts import TextKind
from service.core.words import count
from service.core.work import Work, at_work, working
from service.models.model import ANYTHING, Answer, Asked, Phase, Want
from service.stages.clean import CleanPaper, whole_sentences
from service.stages.desk import Desk, Written
from service.stages.passages import Passage
from service.stages.prompts import Prompts
from service.stages.sources import Research


class Shared(TypedDict, total=False):
    """What the nodes pass on."""

    brief: Brief
    prompts: Prompts
    desk: Desk
    research: Research | None
    passages: list[Passage]  # of its sources
    outline: Outline
    draft: str
    final_article: str
    wish: str  # what the picture should show
    rewrite: Rewrite
    content: str  # of the article whose section is rewritten
    marks: Sequence[Mark]  # of its sections
    paused: bool  # the outline awaits its review


PAUSE = "pause"  # the action that ends a flow until the outline was reviewed

T = TypeVar("T")


class Step(AsyncNode):
    """A node that works on the whole shared state."""

    async def prep_async(self, shared: Shared) -> Shared:
        return shared


class Stage(Step):
    """A step of a flow whose output is stored and whose progress is shown. One file each; flows.py lists them."""

    name: ClassVar[str]  # as stored, and as sent in every dialect
    label: ClassVar[str]  # as people read it
    agent: ClassVar[str]
    weight: ClassVar[int]  # its share of a run's progress
    output: ClassVar[type[Output]]
    tells: ClassVar[type[StageData] | None] = None  # what `public` returns
    text: ClassVar[TextKind | None] = None  # which text it streams; drafts are by section
    prompts: ClassVar[Mapping[str, str]] = {}  # its own, by name; config/prompts/<name>.md replaces one
    sentences: ClassVar[dict[str, str]]  # in English, by status (`started`, `completed`) or its own code

    @classmethod
    def wanted(cls, brief: Brief) -> bool:
        return True

    @classmethod
    def public(cls, output: Output) -> StageData | None:
        """What events and results show of an output."""
        if isinstance(output, Written):
            return Words(words=count(output.text))
        return output if isinstance(output, StageData) else None

    @classmethod
    def completed(cls, output: Output, section: int | None) -> Sentence:
        """The sentence for its end."""
        return sentence(cls.name, "completed", section)


class AllAtOnce(AsyncParallelBatchNode):
    """A node that works on its items at the same time."""

    async def _exec(self, items: list[Any]) -> list[Any]:
        return await together([AsyncNode._exec(self, item) for item in items])


async def together(works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all; when one fails, the others are cancelled, which a bare gather would not do. When a budget is
    spent, calls under way are finished, because they are paid for."""
    spent: list[BudgetSpent] = []

    async def finished(work: Coroutine[Any, Any, T]) -> T | None:
        try:
            return await work
        except BudgetSpent as error:
            spent.append(error)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(finished(work)) for work in works]
    except ExceptionGroup as group:
        raise _first(group) from None
    if spent:
        raise spent[0]
    return [cast("T", task.result()) for task in tasks]


def sentence(stage: str, status: str, section: int | None) -> Sentence:
    return Sentence(f"{stage}.{status}", {} if section is None else {"section": section})


async def once(desk: Desk, stage: str, section: int | None, make: Callable[[], Awaitable[Output]]) -> Output:
    """The saved output, or else what `make` returns, which is then saved."""
    if (saved := desk.saved(stage, section)) is not None:
        return saved
    await desk.start(stage, section)
    with counted(desk, stage, section) as work:
        output = await make()
    await desk.save(stage, section, output, work)
    return output


@contextmanager
def counted(desk: Desk, stage: str, section: int | None) -> Generator[Work]:
    """What calls of the model in this block have used is counted, even if it fails or is cancelled."""
    with working(stage) as work:
        try:
            yield work
        except BaseException:
            desk.spent(stage, section, work.usage)
            raise


async def structured(
    shared: Shared,
    stage: str,
    asked: Asked,
    parse: Callable[[str], T],
    last: Callable[[str], T],
    want: Want = ANYTHING,
) -> T:
    """A structured answer. If `parse` fails, the model is asked anew: shown its mistake, it mostly repeats it. `last`
    parses the second answer."""
    desk = shared["desk"]
    listener = Silent(desk, stage)
    answer = await desk.tools.model.ask(asked, listener, want)
    try:
        return parse(answer.text)
    except ModelNonsense:
        at_work().attempts += 1
    answer = await desk.tools.model.ask(asked, listener, want)
    try:
        return last(answer.text)
    except ModelNonsense as mistake:
        raise ModelNonsense("unusable", why=mistake.sentence) from None


async def streamed(desk: Desk, stage: str, section: int | None, paper: CleanPaper, asked: Asked, want: Want) -> Answer:
    """An answer that is written to the paper as it arrives. One that was cut ends with its last whole sentence."""
    answer = await desk.tools.model.ask(asked, Streamed(desk, stage, section, paper), want)
    return replace(answer, text=whole_sentences(answer.text)) if answer.cut else answer


class Silent:
    """Listens to a structured answer, whose text is not shown."""

    def __init__(self, desk: Desk, stage: str, section: int | None = None) -> None:
        self._desk, self._stage, self._section = desk, stage, section

    def append(self, delta: str) -> None:
        pass

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        self._desk.retrying(self._stage, self._section, attempt, error, delay)

    def running(self, phase: Phase, text: str) -> None:
        said = Sentence("stage.writing", {"words": count(text)}) if phase == "writing" else Sentence(f"stage.{phase}")
        self._desk.running(self._stage, self._section, said)


class Streamed(Silent):
    """Writes an answer to the paper as it arrives."""

    def __init__(self, desk: Desk, stage: str, section: int | None, paper: CleanPaper) -> None:
        super().__init__(desk, stage, section)
        self._paper = paper
        self.append = paper.append

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        self._paper.withdraw()
        super().retrying(attempt, error, delay)

    def running(self, phase: Phase, text: str) -> None:
        if phase != "writing":  # which people see
            super().running(phase, text)


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """The first error: TaskGroup cancelled the other tasks because of it."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
