"""The stages that write, as PocketFlow nodes. Retries belong to the model client; no node depends on PocketFlow's."""

from typing import Any

from pocketflow import AsyncNode

from service.core import citations, words
from service.core.events import Heading, Outline, Usage
from service.stages import outline as outlines
from service.stages import repetition, style
from service.stages.desk import Desk, Written
from service.stages.passages import chosen
from service.stages.prompts import sources as numbered
from service.stages.stage import AllAtOnce, Done, Shared, Step, once, streamed, structured

ENOUGH = 0.95  # of the words a section should have
CONTINUATIONS = 3


class GenerateOutline(Step):
    async def exec_async(self, prep_res: Shared) -> Outline:
        outline = await once(prep_res["desk"], "outline", None, lambda: self._plan(prep_res))
        assert isinstance(outline, Outline)
        return outline

    async def _plan(self, shared: Shared) -> Done:
        brief, prompts, research = shared["brief"], shared["prompts"], shared.get("research")
        background = [prompts.fill("background", synthesis=research.synthesis)] if research else []
        messages = prompts.ask("outline", brief, *background, max_sections=brief.max_sections)

        def parse(answer: str) -> Outline:
            return outlines.parse(answer, max_sections=brief.max_sections, topic=brief.topic)

        return await structured(shared, "outline", messages, parse, parse)

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: Outline) -> str:
        shared["outline"] = exec_res
        shared["sections"] = [heading.title for heading in exec_res.sections]
        return "review" if shared["brief"].review_outline else "write"


class AwaitReview(AsyncNode):
    """Where a flow ends whose outline people want to see first. Begun anew once they have, it comes past here."""


class WriteContent(AllAtOnce):
    """All sections at once."""

    async def prep_async(self, shared: Shared) -> list[tuple[Shared, int, Heading]]:
        return [(shared, n, heading) for n, heading in enumerate(shared["outline"].sections, start=1)]

    async def exec_async(self, prep_res: tuple[Shared, int, Heading]) -> str:
        shared, number, heading = prep_res
        written = await once(shared["desk"], "content", number, lambda: self._write(shared, number, heading))
        assert isinstance(written, Written)
        return written.text

    async def _write(self, shared: Shared, number: int, heading: Heading) -> Done:
        desk, brief, prompts, outline = shared["desk"], shared["brief"], shared["prompts"], shared["outline"]
        messages = prompts.ask(
            "section",
            brief,
            *_to_cite(shared, heading),
            outline=_contents(outline),
            number=number,
            title=heading.title,
            covers=heading.covers or "what its title says",
            leaves=heading.leaves or "what their titles say",
            words=_section_words(shared),
        )
        answer = await streamed(desk, "content", number, messages)
        text, dropped = _checked(shared, answer.text)
        desk.paper("content", number).replace(text)
        return await lengthened(shared, number, Written(text, dropped), answer.usage, answer.attempts)

    async def post_async(self, shared: Shared, prep_res: Any, exec_res: list[str]) -> None:
        shared["draft"] = assemble(shared["outline"], dict(enumerate(exec_res, start=1)))


class RemoveRepetition(Step):
    """What two sections both say, only the first one says. What is too short then is written on, and looked at anew."""

    async def exec_async(self, prep_res: Shared) -> dict[int, str]:
        await self._cut(prep_res, write_on=True)
        return await self._cut(prep_res, write_on=False)

    async def _cut(self, shared: Shared, *, write_on: bool) -> dict[int, str]:
        desk = shared["desk"]
        before = {n: _written(desk, n) for n in range(1, len(shared["outline"].sections) + 1)}
        pruned = repetition.without([written.text for written in before.values()])
        for (n, written), text in zip(before.items(), pruned, strict=True):
            if text != written.text:
                desk.paper("content", n).replace(text)
                done = Written(text, written.dropped), Usage(), 1
                await desk.save("content", n, *(await lengthened(shared, n, *done) if write_on else done))
        return {n: _written(desk, n).text for n in before}

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: dict[int, str]) -> None:
        shared["draft"] = assemble(shared["outline"], exec_res)


class ApplyStyle(Step):
    async def exec_async(self, prep_res: Shared) -> str:
        styled = await once(prep_res["desk"], "style", None, lambda: self._style(prep_res))
        assert isinstance(styled, Written)
        return styled.text

    async def _style(self, shared: Shared) -> Done:
        brief, desk, draft = shared["brief"], shared["desk"], shared["draft"]
        answer = await streamed(desk, "style", None, shared["prompts"].ask("style", brief, draft=draft))
        text, dropped = answer.text, 0
        if brief.min_words is not None:
            text, dropped = style.mended(text, draft, source_ids(shared), min_words=brief.min_words)
        desk.paper("style", None).replace(text)
        return Written(text, dropped), answer.usage, answer.attempts

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: str) -> None:
        shared["final_article"] = exec_res


async def lengthened(shared: Shared, number: int, written: Written, usage: Usage, attempts: int) -> Done:
    """The section, written on until it is long enough."""
    desk, brief, outline = shared["desk"], shared["brief"], shared["outline"]
    if brief.min_words is None:
        return written, usage, attempts
    heading, wanted = outline.sections[number - 1], _section_words(shared)
    for _ in range(CONTINUATIONS):
        missing = wanted - words.count(written.text)
        if missing <= (1 - ENOUGH) * wanted:
            break
        messages = shared["prompts"].ask(
            "continue",
            brief,
            *_to_cite(shared, heading),
            number=number,
            title=heading.title,
            text=written.text,
            words=missing,
        )
        answer = await streamed(desk, "content", number, messages, after=written.text)
        more, dropped = _checked(shared, answer.text)
        text = "\n\n".join(filter(None, [written.text, more]))
        written = Written(text, written.dropped + dropped)
        desk.paper("content", number).replace(written.text)
        usage, attempts = usage + answer.usage, attempts + answer.attempts - 1
    return written, usage, attempts


def _section_words(shared: Shared) -> int:
    outline = shared["outline"]
    headings = words.count(assemble(outline, dict.fromkeys(range(1, len(outline.sections) + 1), " ")))
    return shared["brief"].section_words(len(outline.sections), headings)


def assemble(outline: Outline, texts: dict[int, str]) -> str:
    """The sections that there are under their headings, as one Markdown text."""
    parts = [f"# {outline.title}"]
    for number, heading in enumerate(outline.sections, start=1):
        if text := texts.get(number):
            parts += [f"## {heading.title}", text]
    return "\n\n".join(parts)


def source_ids(shared: Shared) -> set[int]:
    research = shared.get("research")
    return {source.id for source in research.sources} if research else set()


def _checked(shared: Shared, text: str) -> tuple[str, int]:
    return citations.known_only(text, source_ids(shared))


def _to_cite(shared: Shared, heading: Heading) -> list[str]:
    """The passages that a section's writer is given, as a piece of the prompt."""
    research = shared.get("research")
    if not research:
        return []
    passages = chosen(shared["passages"], f"{heading.title} {heading.covers}")
    given = numbered((passage.source.id, passage.source.title, passage.text) for passage in passages)
    return [shared["prompts"].fill("cite", sources=given)]


def _written(desk: Desk, section: int) -> Written:
    written = desk.saved("content", section)
    assert isinstance(written, Written)
    return written


def _contents(outline: Outline) -> str:
    return "\n".join(f"{n}. {heading.title}" for n, heading in enumerate(outline.sections, start=1))
