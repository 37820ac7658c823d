"""Edits the draft into one text. Headings, citations and sections that editing drops are restored from the draft."""

import re
from collections.abc import Collection, Iterator
from itertools import zip_longest
from typing import ClassVar

from service.core import citations, words
from service.core.events import Words
from service.core.sections import Section, sections
from service.core.texts import ARTICLE
from service.stages.desk import Written
from service.stages.sources import ids
from service.stages.stage import Done, Shared, Stage, once, streamed

SHORTENED = 0.7  # share of a section's words below which its draft is restored


class Edit(Stage):
    name, label, agent, weight, output, tells = "style", "Editing", "EditorAgent", 30, Written, Words
    text = "article"
    sentences: ClassVar = {"started": "Polishing into one voice", "completed": "Article edited"}

    async def exec_async(self, prep_res: Shared) -> str:
        edited = await once(prep_res["desk"], self.name, None, lambda: self._edit(prep_res))
        assert isinstance(edited, Written)
        return edited.text

    async def _edit(self, shared: Shared) -> Done:
        brief, desk, draft = shared["brief"], shared["desk"], shared["draft"]
        answer = await streamed(desk, self.name, ARTICLE, shared["prompts"].ask("style", brief, draft=draft))
        text, dropped = answer.text, 0
        if brief.flow != "quick":
            text, dropped = mended(text, draft, ids(shared.get("research")), min_words=brief.min_words or 0)
        desk.paper(ARTICLE).replace(text)
        return Written(text, dropped), answer.usage, answer.attempts

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: str) -> None:
        shared["final_article"] = exec_res


def mended(styled: str, draft: str, known: Collection[int], *, min_words: int = 0) -> tuple[str, int]:
    """The edited text with the draft's headings and citations, and how many unknown citations were removed."""
    styled, dropped = citations.known_only(unfenced(styled), known)
    before, after = sections(draft), sections(styled)
    if not before:
        return styled, dropped
    pairs = list(zip(before, _counterparts(before, after), strict=True))
    bodies = [old.body if new is None or _lost(old.body, new.body) else new.body for old, new in pairs]
    missing = min_words - words.count(styled)
    for n, (old, _) in sorted(enumerate(pairs), key=lambda each: words.count(bodies[each[0]])):
        gained = words.count(old.body) - words.count(bodies[n])
        if missing > 0 and gained > 0:
            bodies[n] = old.body
            missing -= gained
    if all(
        new is not None and (new.title, new.body) == (old.title, body)
        for (old, new), body in zip(pairs, bodies, strict=True)
    ):
        return styled, dropped
    top = draft[: before[0].start].strip()
    parts = [top, *(f"## {old.title}\n\n{body}" for (old, _), body in zip(pairs, bodies, strict=True))]
    return "\n\n".join(parts), dropped


def unfenced(answer: str) -> str:
    """The answer without the fence that some models put around it."""
    match = re.fullmatch(r"```(?:markdown|md)\n(.*)\n```", answer.strip(), re.DOTALL)
    return match[1].strip() if match else answer


def _counterparts(before: list[Section], after: list[Section]) -> Iterator[Section | None]:
    """The edited section for each section: by title, or by position if their number is the same."""
    titled = {new.title.casefold(): new for new in reversed(after)}
    for old, there in zip_longest(before, after[: len(before)]):
        named = titled.get(old.title.casefold())
        if there and named and there.title.casefold() == named.title.casefold():
            yield there
        else:
            yield named or (there if len(after) == len(before) else None)


def _lost(old: str, new: str) -> bool:
    return not citations.cited(old) <= citations.cited(new) or words.count(new) < SHORTENED * words.count(old)
