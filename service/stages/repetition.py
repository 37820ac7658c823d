"""Removes repetition between sections that were written at the same time, found by shared runs of words."""

import re
from collections.abc import Sequence

from service.core import words
from service.core.outline import assemble
from service.core.texts import draft
from service.stages.desk import Written
from service.stages.sections import Sections, lengthened, written_by
from service.stages.stage import Shared, Step, counted

RUN = 8  # words in a row that two texts rarely share by chance
NEARLY = 0.5  # share of a sentence's runs from which it counts as repetition

_sentence = re.compile(r"[^\n]*?(?:[.!?…][\"'”’)\]]*(?=\s|$)|[。！？]+[”’」』）]*|\n|$)")

Runs = set[tuple[str, ...]]


class WithoutRepetition(Step):
    """Removes from each section what an earlier one says, extends sections that become too short, and checks again."""

    async def exec_async(self, prep_res: Shared) -> dict[int, str]:
        await self._cut(prep_res, write_on=True)
        return await self._cut(prep_res, write_on=False)

    async def _cut(self, shared: Shared, *, write_on: bool) -> dict[int, str]:
        desk = shared["desk"]
        before = {n: written_by(desk, n) for n in range(1, len(shared["outline"].sections) + 1)}
        pruned = without([written.text for written in before.values()])
        for (n, written), text in zip(before.items(), pruned, strict=True):
            if text != written.text:
                desk.paper(draft(n)).replace(text)
                with counted(desk, Sections.name, n) as work:
                    done = Written(text, written.dropped)
                    done = await lengthened(shared, n, done) if write_on else done
                await desk.save(Sections.name, n, done, work)
        return {n: written_by(desk, n).text for n in before}

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: dict[int, str]) -> None:
        shared["draft"] = assemble(shared["outline"], exec_res)


def rate(texts: Sequence[str]) -> float:
    """The share of runs that also occur in an earlier text, from 0 to 1."""
    seen: Runs = set()
    shared = total = 0
    for text in texts:
        runs = _runs(text)
        shared += len(runs & seen)
        total += len(runs)
        seen |= runs
    return shared / total if total else 0.0


def without(texts: Sequence[str]) -> list[str]:
    """The texts, each without sentences that nearly repeat an earlier text."""
    seen: Runs = set()
    kept: list[str] = []
    for text in texts:
        kept.append(_pruned(text, seen))
        seen |= _runs(kept[-1])
    return kept


def _pruned(text: str, seen: Runs) -> str:
    if not _runs(text) & seen:
        return text
    kept = [sentence for sentence in _sentence.findall(text) if not _repeats(sentence, seen)]
    return re.sub(r"\n{3,}", "\n\n", "".join(kept)).strip()


def _repeats(sentence: str, seen: Runs) -> bool:
    runs = _runs(sentence)
    return bool(runs) and len(runs & seen) >= NEARLY * len(runs)


def _runs(text: str) -> Runs:
    said = words.split(text)
    return {tuple(said[n : n + RUN]) for n in range(len(said) - RUN + 1)}
