"""Revises a passage of an article, which is no run: nothing is stored until somebody accepts the new text."""

import re
from dataclasses import dataclass

import msgspec

from service.core import citations, words
from service.core.brief import Brief
from service.core.model_errors import ModelEmpty, ModelError
from service.core.passage import Revision, split
from service.core.sections import sections
from service.models.model import Fitting, Message, Model, Paper, Phase, Want
from service.stages import languages
from service.stages.clean import CleanPaper, clean, whole_sentences
from service.stages.place import Place
from service.stages.prompts import Prompts
from service.stages.sources import Research, ids

AROUND = 3_000  # characters of the text before the passage, and of that after it, shown to the writer
LONGEST = {"rewrite": 2, "shorten": 1, "expand": 4, "tone": 2, "fix": 1.5}  # times the passage's words,
SHORT = 60  # and so many words more

_heading = re.compile(r"^ {0,3}#{1,6}[ \t]", re.MULTILINE)
_ends = re.compile(r"[.!?…。！？:;]['\"”’»)\]*_]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The article that the passage stands in."""

    brief: Brief
    content: str
    lang: str | None
    research: Research | None


async def revise(revision: Revision, subject: Subject, model: Model, prompts: Prompts, paper: Paper) -> str:
    """The passage's new text, which is also written to the paper as it arrives."""
    before, after = split(subject.content, revision.passage)
    brief = msgspec.structs.replace(subject.brief, language=subject.lang, tone=revision.tone or subject.brief.tone)
    task = prompts.fill(f"revise_{revision.action}", brief).strip()

    def within(room: int) -> list[Message]:
        half = room // 2
        around = {"before": before[len(before) - min(half, len(before)) :], "after": after[:half]}
        return prompts.ask("revise", brief, passage=revision.passage.text.strip(), task=task, **around)

    place = _place(revision.passage.text, subject.content, f"{prompts.instructions('revise', brief)}\n{task}")
    longest = round(LONGEST[revision.action] * words.count(revision.passage.text)) + SHORT
    most = 2 * min(AROUND, max(len(before), len(after)))
    want = Want(tokens=languages.tokens(longest, brief))
    answer = await model.ask(Fitting(within, most), _Streamed(CleanPaper(paper, place)), want)
    text = clean(whole_sentences(answer.text) if answer.cut else answer.text, place)
    text, _ = citations.known_only(text, {*ids(subject.research), *citations.cited(revision.passage.text)})
    if not text:
        raise ModelEmpty()
    return fitted(text, revision.passage.text)


def _place(passage: str, content: str, instructions: str) -> Place:
    """A passage with headings keeps them; to one without, the model adds none."""
    if _heading.search(passage):
        return Place(instructions=instructions)
    return Place("", [section.title for section in sections(content)], instructions=instructions)


def fitted(text: str, passage: str) -> str:
    """The text in the passage's place: with the same white space around it, and within a line as one line."""
    said = passage.strip()
    if "\n" not in said:
        text = re.sub(r"\s*\n\s*", " ", text)
        if not _ends.search(said) and text.endswith(".") and not text.endswith(".."):
            text = text[:-1]
    begin = passage[: len(passage) - len(passage.lstrip())]
    return begin + text + passage[len(passage.rstrip()) :]


class _Streamed:
    """Writes an answer to the paper as it arrives."""

    def __init__(self, paper: CleanPaper) -> None:
        self._paper = paper

    def append(self, delta: str) -> None:
        self._paper.append(delta)

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        self._paper.withdraw()

    def running(self, phase: Phase, text: str) -> None:
        pass
