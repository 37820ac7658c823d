"""Edits the draft into one text. Headings, citations and sections that editing drops are restored from the draft."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import zip_longest
from typing import ClassVar

from service.core import citations, words
from service.core.errors import PressroomError
from service.core.events import Words
from service.core.model_errors import ModelContextExceeded
from service.core.sections import Section, sections
from service.core.texts import ARTICLE
from service.models.model import Want
from service.stages import languages
from service.stages.clean import CleanPaper, clean
from service.stages.desk import Written
from service.stages.in_order import InOrder
from service.stages.place import Place
from service.stages.sources import ids
from service.stages.stage import Shared, Stage, once, streamed, together

LONGER = 1.5  # times the article's length is the most that is read
SHORTENED = 0.7  # share of a section's words below which its draft is restored


class Edit(Stage):
    name, label, agent, weight, output, tells = "style", "Editing", "EditorAgent", 30, Written, Words
    text = "article"
    sentences: ClassVar = {"started": "Polishing into one voice", "completed": "Article edited"}

    async def exec_async(self, prep_res: Shared) -> str:
        edited = await once(prep_res["desk"], self.name, None, lambda: self._edit(prep_res))
        assert isinstance(edited, Written)
        return edited.text

    async def _edit(self, shared: Shared) -> Written:
        if shared["brief"].flow == "quick" and not await shared["desk"].tools.model.small():
            with suppress(ModelContextExceeded):
                return await self._whole(shared)
        return await self._by_section(shared)

    async def _whole(self, shared: Shared) -> Written:
        brief, desk, draft = shared["brief"], shared["desk"], shared["draft"]
        want = Want(tokens=languages.tokens(round(LONGER * words.count(draft)), brief))
        messages = shared["prompts"].ask("style", brief, draft=draft)
        place = Place(instructions=shared["prompts"].instructions("style", brief))
        try:
            answer = await streamed(desk, self.name, None, CleanPaper(desk.paper(ARTICLE), place), messages, want)
        except ModelContextExceeded:
            raise
        except PressroomError:
            desk.paper(ARTICLE).replace(draft)  # everything was written
            raise
        return self._finished(shared, clean(answer.text, place))

    async def _by_section(self, shared: Shared) -> Written:
        """All sections at the same time: a long article takes no longer than its longest section, and needs no
        larger context."""
        desk, draft, parts = shared["desk"], shared["draft"], sections(shared["draft"])
        top, heads = draft[: parts[0].start].strip(), [f"## {part.title}" for part in parts]
        shown = InOrder(desk.paper(ARTICLE), top, heads)
        try:
            edited = await together([self._section(shared, shown, n, parts) for n in range(len(parts))])
        finally:  # even if it failed or was cancelled, everything was written
            shown.finish_with([part.body for part in parts])
        text = "\n\n".join([top, *(f"{head}\n\n{body}" for head, body in zip(heads, edited, strict=True))])
        return self._finished(shared, text)

    async def _section(self, shared: Shared, shown: InOrder, number: int, parts: list[Section]) -> str:
        brief, desk, part = shared["brief"], shared["desk"], parts[number]
        want = Want(tokens=languages.tokens(words.count(part.body), brief))
        messages = shared["prompts"].ask("edit", brief, title=part.title, draft=part.body)
        place = Place(
            part.title, [each.title for each in parts], brief.topic, shared["prompts"].instructions("edit", brief)
        )
        try:
            answer = await streamed(desk, self.name, None, CleanPaper(shown.part(number), place), messages, want)
            body = _better(part, answer.text, place)
        except ModelContextExceeded:  # this section stays as it was written
            body = part.body
        shown.finish(number, body)
        return body

    def _finished(self, shared: Shared, edited: str) -> Written:
        known, least = ids(shared.get("research")), shared["brief"].min_words or 0
        text, dropped = mended(edited, shared["draft"], known, min_words=least)
        shared["desk"].paper(ARTICLE).replace(text)
        return Written(text, dropped)

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: str) -> None:
        shared["final_article"] = exec_res


def mended(styled: str, draft: str, known: Collection[int], *, min_words: int = 0) -> tuple[str, int]:
    """The edited text with the draft's headings and citations, and how many unknown citations were removed."""
    styled, dropped = citations.known_only(styled, known)
    before, after = sections(draft), sections(styled)
    if not before:
        return styled, dropped
    titles = [old.title for old in before]
    pairs = list(zip(before, _counterparts(before, after), strict=True))
    bodies = [old.body if new is None else _better(old, new.body, Place(old.title, titles)) for old, new in pairs]
    if min_words:
        _lengthened(bodies, before, min_words - words.count(styled))
    if all(
        new is not None and (new.title, new.body) == (old.title, body)
        for (old, new), body in zip(pairs, bodies, strict=True)
    ):
        return styled, dropped
    top = draft[: before[0].start].strip()
    parts = [top, *(f"## {old.title}\n\n{body}" for (old, _), body in zip(pairs, bodies, strict=True))]
    return "\n\n".join(parts), dropped


def _lengthened(bodies: list[str], before: list[Section], missing: int) -> None:
    """Put drafts in place of the shortest edited texts, until no words are missing."""
    for n in sorted(range(len(bodies)), key=lambda each: words.count(bodies[each])):
        gained = words.count(before[n].body) - words.count(bodies[n])
        if missing > 0 and gained > 0:
            bodies[n] = before[n].body
            missing -= gained


def _counterparts(before: list[Section], after: list[Section]) -> Iterator[Section | None]:
    """The edited section for each section: by title, or by position if their number is the same."""
    titled = {new.title.casefold(): new for new in reversed(after)}
    for old, there in zip_longest(before, after[: len(before)]):
        named = titled.get(old.title.casefold())
        if there and named and there.title.casefold() == named.title.casefold():
            yield there
        else:
            yield named or (there if len(after) == len(before) else None)


def _better(draft: Section, edited: str, place: Place) -> str:
    """The section's edited text, or its draft if editing has lost too much."""
    text = clean(edited, place)
    return draft.body if _lost(draft.body, text) else text


def _lost(old: str, new: str) -> bool:
    return not citations.cited(old) <= citations.cited(new) or words.count(new) < SHORTENED * words.count(old)
