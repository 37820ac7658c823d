"""Writes all sections at the same time, and extends each until it is long enough."""

from typing import Any, ClassVar

from service.core import citations, words
from service.core.errors import PressroomError
from service.core.events import Words
from service.core.outline import Heading, Outline, assemble
from service.core.texts import draft
from service.core.work import at_work
from service.models.model import Fitting, Message, Want
from service.stages import languages
from service.stages.clean import CleanPaper, bare, clean
from service.stages.desk import Desk, Written
from service.stages.passages import GIVEN, chosen
from service.stages.place import Place
from service.stages.prompts import sources as numbered
from service.stages.sources import ids
from service.stages.stage import AllAtOnce, Shared, Stage, once, streamed

ENOUGH = 0.95  # share of the words a section should have
NEXT_TO_NOTHING = 0.6, 0.5, 0.4  # where no length was asked for, before each continuation
CONTINUATIONS = 8
# Times the tokens of a section's words; a small model that has used so many is not asked for more.
MOST, MOST_FREE = 1.5, 1
# The prompts, and those of a small model: it copies from long ones, and does not go on with a text that it is shown.
ASKED = {False: "section", True: "explain"}
GO_ON = {False: "continue", True: "example"}
NEW = 5  # words that a continuation adds; where fewer come, a section that is far too short is asked for anew


class Sections(AllAtOnce, Stage):
    name, label, agent, weight, output, tells = "content", "Sections", "WriterAgent", 40, Written, Words
    text = "draft"
    sentences: ClassVar = {"started": "Writing section {section}", "completed": "Section {section} written"}

    async def prep_async(self, shared: Shared) -> list[tuple[Shared, int, Heading]]:
        return [(shared, n, heading) for n, heading in enumerate(shared["outline"].sections, start=1)]

    async def exec_async(self, prep_res: tuple[Shared, int, Heading]) -> str:
        shared, number, heading = prep_res
        written = await once(shared["desk"], self.name, number, lambda: self._write(shared, number, heading))
        assert isinstance(written, Written)
        return written.text

    async def _write(self, shared: Shared, number: int, heading: Heading) -> Written:
        desk, want = shared["desk"], Want(tokens=languages.tokens(_section_words(shared), shared["brief"]))
        prompt = ASKED[await desk.tools.model.small()]
        place = _place(shared, number, prompt)
        paper = CleanPaper(desk.paper(draft(number)), place)
        answer = await streamed(desk, self.name, number, paper, _asked(shared, number, prompt), want)
        text, dropped = _checked(shared, clean(answer.text, place))
        desk.paper(draft(number)).replace(text)
        written = await lengthened(shared, number, Written(text, dropped))
        if not written.text:
            written = Written(*_checked(shared, bare(answer.text)))
            desk.paper(draft(number)).replace(written.text)
        return written

    async def post_async(self, shared: Shared, prep_res: Any, exec_res: list[str]) -> None:
        shared["draft"] = assemble(shared["outline"], dict(enumerate(exec_res, start=1)))


async def lengthened(shared: Shared, number: int, written: Written) -> Written:
    """The section, extended until it is long enough. Where no length was asked for, that is only done for a small model
    that wrote next to nothing."""
    desk, brief = shared["desk"], shared["brief"]
    free, wanted = brief.min_words is None, _section_words(shared)
    small, silent = await desk.tools.model.small(), False
    if free and not small:
        return written
    most = (MOST_FREE if free else MOST) * languages.tokens(wanted, brief)
    for n, enough in enumerate(NEXT_TO_NOTHING if free else (ENOUGH,) * CONTINUATIONS):
        had = words.count(written.text)
        if had >= enough * wanted or (small and at_work().usage.completion_tokens >= most):
            break
        anew = not written.text or (silent and had < wanted / 2)
        before, missing = ("", wanted) if anew else (written.text, wanted - had)
        prompt = ASKED[small] if anew or (small and n % 2) else GO_ON[small]
        place = _place(shared, number, prompt)
        asked = _on(shared, number, before, missing) if prompt == "continue" else _asked(shared, number, prompt)
        want = Want(tokens=languages.tokens(missing, brief, beside=0))  # and hardly more than is missing
        if anew:
            desk.paper(draft(number)).replace("")
        try:
            paper = CleanPaper(desk.paper(draft(number)), place, after=before)
            answer = await streamed(desk, Sections.name, number, paper, asked, want)
        except PressroomError:
            if anew:
                desk.paper(draft(number)).replace(written.text)
            raise
        more, dropped = _checked(shared, clean(answer.text, place, after=before))
        text = "\n\n".join(filter(None, [before, more]))
        gained = words.count(text) - had
        if gained > 0:
            written = Written(text, dropped if anew else written.dropped + dropped)
        desk.paper(draft(number)).replace(written.text)
        if silent and gained < NEW:
            break
        silent = gained < NEW
    return written


def _place(shared: Shared, number: int, prompt: str) -> Place:
    brief, outline = shared["brief"], shared["outline"]
    title, instructions = outline.sections[number - 1].title, shared["prompts"].instructions(prompt, brief)
    return Place(title, _others(outline, number), brief.topic, instructions, more=True)


def _asked(shared: Shared, number: int, prompt: str) -> Fitting:
    brief, prompts, outline = shared["brief"], shared["prompts"], shared["outline"]
    heading = outline.sections[number - 1]

    def within(room: int) -> list[Message]:
        return prompts.ask(
            prompt,
            brief,
            *_to_cite(shared, heading, room),
            outline=_contents(outline),
            number=number,
            title=heading.title,
            covers=heading.covers or heading.title,
            leaves=heading.leaves or "; ".join(_others(outline, number)),
            words=_section_words(shared),
            counting=languages.counting(brief),
        )

    return Fitting(within, GIVEN)


def _on(shared: Shared, number: int, text: str, missing: int) -> Fitting:
    """What to ask for more of a section. The end of its text is shown before passages to cite."""
    brief, heading = shared["brief"], shared["outline"].sections[number - 1]

    def within(room: int) -> list[Message]:
        return shared["prompts"].ask(
            "continue",
            brief,
            *_to_cite(shared, heading, max(0, room - len(text))),
            number=number,
            title=heading.title,
            text=text[max(0, len(text) - room) :],
            words=missing,
            counting=languages.counting(brief),
        )

    return Fitting(within, GIVEN + len(text))


def _section_words(shared: Shared) -> int:
    outline = shared["outline"]
    headings = words.count(assemble(outline, dict.fromkeys(range(1, len(outline.sections) + 1), " ")))
    return shared["brief"].section_words(len(outline.sections), headings)


def _checked(shared: Shared, text: str) -> tuple[str, int]:
    return citations.known_only(text, ids(shared.get("research")))


def _to_cite(shared: Shared, heading: Heading, room: int) -> list[str]:
    """The part of the prompt with the passages to cite."""
    if not shared.get("research"):
        return []
    passages = chosen(shared["passages"], f"{heading.title} {heading.covers}", room)
    if not passages:
        return []
    given = numbered((passage.source.id, passage.source.title, passage.text) for passage in passages)
    return [shared["prompts"].fill("cite", sources=given)]


def written_by(desk: Desk, section: int) -> Written:
    written = desk.saved(Sections.name, section)
    assert isinstance(written, Written)
    return written


def _others(outline: Outline, number: int) -> list[str]:
    return [heading.title for n, heading in enumerate(outline.sections, start=1) if n != number]


def _contents(outline: Outline) -> str:
    return "\n".join(f"{n}. {heading.title}" for n, heading in enumerate(outline.sections, start=1))
