"""The stages as PocketFlow nodes. Retries belong to the model client; no node depends on PocketFlow's."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypedDict, TypeVar

from pocketflow import AsyncNode, AsyncParallelBatchNode

from service.errors import ModelError, ModelNonsense
from service.events import Heading, Outline, StageName, TextStage, Usage
from service.llm.model import Answer, Message
from service.writing import outline as outlines
from service.writing.brief import Brief
from service.writing.desk import Desk, Output, Paper, Written
from service.writing.prompts import Prompts


class Shared(TypedDict, total=False):
    """What the nodes hand on. The desk stands where the seeds have `sse_queue`."""

    topic: str
    brief: Brief
    prompts: Prompts
    desk: Desk
    outline: Outline
    sections: list[str]
    draft: str
    final_article: str


O = TypeVar("O", bound=Output)  # noqa: E741


class GenerateOutline(AsyncNode):
    async def prep_async(self, shared: Shared) -> Shared:
        return shared

    async def exec_async(self, prep_res: Shared) -> Outline:
        return await _stage(prep_res["desk"], "outline", None, Outline, lambda: self._plan(prep_res))

    async def _plan(self, shared: Shared) -> tuple[Outline, Usage, int]:
        brief, prompts, desk = shared["brief"], shared["prompts"], shared["desk"]
        messages = prompts.ask("outline", brief, max_sections=brief.max_sections)
        listener = _Silent(desk, "outline")
        answer = await desk.model.ask(messages, listener)
        try:
            return self._parse(answer, brief), answer.usage, answer.attempts
        except ModelNonsense as mistake:
            messages += [
                Message("assistant", answer.text),
                Message("user", prompts.fill("repair", mistake=mistake.message)),
            ]
        repaired = await desk.model.ask(messages, listener)
        attempts = answer.attempts + repaired.attempts
        try:
            return self._parse(repaired, brief), answer.usage + repaired.usage, attempts
        except ModelNonsense as mistake:
            raise ModelNonsense(f"the model gave no usable outline: {mistake.message}") from None

    @staticmethod
    def _parse(answer: Answer, brief: Brief) -> Outline:
        return outlines.parse(answer.text, max_sections=brief.max_sections, topic=brief.topic)

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: Outline) -> None:
        shared["outline"] = exec_res
        shared["sections"] = [heading.title for heading in exec_res.sections]


class WriteContent(AsyncParallelBatchNode):
    """All sections at once."""

    async def prep_async(self, shared: Shared) -> list[tuple[Shared, int, Heading]]:
        return [(shared, n, heading) for n, heading in enumerate(shared["outline"].sections, start=1)]

    async def _exec(self, items: list[tuple[Shared, int, Heading]]) -> list[str]:
        # PocketFlow's own is a bare gather: when one section fails, the others would write on.
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(AsyncNode._exec(self, item)) for item in items]
        except ExceptionGroup as group:
            raise _first(group) from None
        return [task.result() for task in tasks]

    async def exec_async(self, prep_res: tuple[Shared, int, Heading]) -> str:
        shared, number, heading = prep_res
        brief = shared["brief"]
        messages = shared["prompts"].ask(
            "section",
            brief,
            outline=_contents(shared["outline"]),
            number=number,
            title=heading.title,
            covers=heading.covers or "what its title says",
            leaves=heading.leaves or "what their titles say",
            words=brief.section_words,
        )
        return await _write(shared["desk"], "content", number, messages)

    async def post_async(self, shared: Shared, prep_res: Any, exec_res: list[str]) -> None:
        shared["draft"] = assemble(shared["outline"], dict(enumerate(exec_res, start=1)))


class ApplyStyle(AsyncNode):
    async def prep_async(self, shared: Shared) -> Shared:
        return shared

    async def exec_async(self, prep_res: Shared) -> str:
        messages = prep_res["prompts"].ask("style", prep_res["brief"], draft=prep_res["draft"])
        return await _write(prep_res["desk"], "style", None, messages)

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: str) -> None:
        shared["final_article"] = exec_res


def assemble(outline: Outline, texts: dict[int, str]) -> str:
    """The sections that there are under their headings, as one Markdown text."""
    parts = [f"# {outline.title}"]
    for number, heading in enumerate(outline.sections, start=1):
        if text := texts.get(number):
            parts += [f"## {heading.title}", text]
    return "\n\n".join(parts)


def _contents(outline: Outline) -> str:
    return "\n".join(f"{n}. {heading.title}" for n, heading in enumerate(outline.sections, start=1))


async def _write(desk: Desk, stage: TextStage, section: int | None, messages: list[Message]) -> str:
    async def work() -> tuple[Written, Usage, int]:
        paper = desk.paper(stage, section)
        answer = await desk.model.ask(messages, _Streamed(desk, stage, section, paper))
        paper.replace(answer.text)
        return Written(answer.text), answer.usage, answer.attempts

    return (await _stage(desk, stage, section, Written, work)).text


async def _stage(
    desk: Desk,
    stage: StageName,
    section: int | None,
    kind: type[O],
    work: Callable[[], Awaitable[tuple[O, Usage, int]]],
) -> O:
    """What was saved, or else what `work` gives, saved."""
    saved = desk.saved(stage, section)
    if isinstance(saved, kind):
        return saved
    await desk.start(stage, section)
    output, usage, attempts = await work()
    await desk.save(stage, section, output, usage, attempts)
    return output


class _Silent:
    """Hears a structured answer, of which nobody sees the text."""

    def __init__(self, desk: Desk, stage: StageName, section: int | None = None) -> None:
        self._desk, self._stage, self._section = desk, stage, section

    def append(self, delta: str) -> None:
        pass

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        self._desk.retrying(self._stage, self._section, attempt, error, delay)


class _Streamed(_Silent):
    """Puts an answer on paper as it comes."""

    def __init__(self, desk: Desk, stage: StageName, section: int | None, paper: Paper) -> None:
        super().__init__(desk, stage, section)
        self._paper = paper
        self.append = paper.append

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        self._paper.replace("")
        super().retrying(attempt, error, delay)


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """What went wrong first: TaskGroup has cancelled the others for it."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
