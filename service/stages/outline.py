"""The outline: its stage, and reading it from whatever the model answers."""

import re
from contextlib import suppress
from functools import partial
from typing import ClassVar

from service.core.model_errors import UNUSABLE, ModelNonsense
from service.core.outline import STAGE, Heading, Outline
from service.core.work import at_work
from service.models.model import Fitting, Message, Want
from service.models.structured import Node
from service.stages import languages
from service.stages.fenced import MAX_CHARACTERS, line, load
from service.stages.stage import PAUSE, Shared, Silent, Stage, once

MAX_TITLE = 200
MAX_NOTE = 1_000
FEWEST = 2  # sections: an article of one is no plan
WORDS_A_SECTION = 50  # of its title and notes, at most
WORDS_A_TITLE = 15

_text = {"type": "string"}
SCHEMA = {
    "type": "object",
    "properties": {
        "title": _text,
        "sections": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"title": _text, "covers": _text, "leaves": _text},
                "required": ["title", "covers", "leaves"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["title", "sections"],
    "additionalProperties": False,
}

# What small models write in place of a title.
PLACEHOLDERS = {
    "title", "section", "section title", "title of the section", "title of the article", "the title", "sections",
    "another section", "the other section", "the other sections", "section name", "heading", "untitled", "covers",
    "leaves", "topic", "subtitle", "…", "...",
}  # fmt: skip
QUESTIONS = {
    "en": ("What it is about", "Why it matters", "What comes next"),
    "de": ("Worum es geht", "Warum es wichtig ist", "Wie es weitergeht"),
    "zh": ("这是什么", "为什么重要", "接下来会怎样"),
}

_listed = re.compile(r"[ \t]*(?:\d{1,2}[.):]|[-*•])[ \t]+(.+)")
_titled = re.compile(r"""\btitle["']?\s*:\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^"'\s][^\n]*))""")
_note = re.compile(r"\s(?:[-–—]\s.*)$|:\s.*$")
_quoted = re.compile(r"""["“„«]([^"“”„«»]+)["“”»]\s*[-–—:].*""")  # and what is said of it
_named = re.compile(r"^(?:title|titel|标题)\s*[:：]\s*", re.IGNORECASE)
_numbered = re.compile(r"(?:section|part|chapter|abschnitt|第)\s*\d+\s*[部章节]?", re.IGNORECASE)


class OutlineStage(Stage):
    name, label, agent, weight, output, tells = STAGE, "Outline", "OutlineAgent", 10, Outline, Outline
    sentences: ClassVar = {"started": "Planning the outline", "completed": "Outline ready"}

    async def exec_async(self, prep_res: Shared) -> Outline:
        outline = await once(prep_res["desk"], self.name, None, lambda: self._plan(prep_res))
        assert isinstance(outline, Outline)
        return outline

    async def _plan(self, shared: Shared) -> Outline:
        """The model's outline. If it gives none in two forms, three plain questions about the topic."""
        brief, prompts, research = shared["brief"], shared["prompts"], shared.get("research")
        synthesis = research.synthesis if research else ""
        most = brief.max_sections

        def within(prompt: str, room: int) -> list[Message]:
            background = [prompts.fill("background", synthesis=synthesis[:room])] if research else []
            return prompts.ask(prompt, brief, *background, max_sections=most)

        ways = (
            ("outline", Want(tokens=languages.tokens(most * WORDS_A_SECTION, brief), schema=SCHEMA)),
            ("titles", Want(tokens=languages.tokens(most * WORDS_A_TITLE, brief))),
        )
        listener = Silent(shared["desk"], self.name)
        questions = [Heading(title=each) for each in QUESTIONS.get(languages.code(brief) or "en", (brief.topic,))]
        small = await shared["desk"].tools.model.small(listener)
        if small:
            ways = ways[::-1]  # its titles are better where it is asked for nothing else
        for n, (prompt, want) in enumerate(ways):
            at_work().attempts += n
            asked = Fitting(partial(within, prompt), len(synthesis))
            with suppress(*UNUSABLE):
                answer = await shared["desk"].tools.model.ask(asked, listener, want)
                outline = parse(answer.text, max_sections=most, topic=brief.topic)
                if small:  # it writes three short sections better than two long ones
                    own = outline.sections
                    outline = Outline(title=outline.title, sections=own + questions[len(own) : most])
                if len(outline.sections) >= min(FEWEST, most):
                    return outline
        return Outline(title=brief.topic, sections=questions)

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: Outline) -> str:
        shared["outline"] = exec_res
        return PAUSE if shared["brief"].review_outline else "default"


def parse(answer: str, *, max_sections: int, topic: str) -> Outline:
    """The outline in a model's answer: its YAML or JSON, or else the titles in whatever it wrote. Surplus sections and
    those without a title of their own are dropped. ModelNonsense if nothing is left."""
    try:
        title, sections = _planned(answer)
    except ModelNonsense as mistake:
        title, sections = _found(answer)
        if len(sections) < min(FEWEST, max_sections):
            raise mistake from None
    own: dict[str, Heading] = {}
    for section in sections:
        if not _placeholder(section.title):
            own.setdefault(section.title.casefold(), section)
    if not own:
        raise ModelNonsense("no_sections")
    title = topic if _placeholder(title) else title
    return Outline(title=title, sections=list(own.values())[:max_sections])


def _planned(answer: str) -> tuple[str, list[Heading]]:
    document = load(answer)
    items = document.get("sections")
    if not isinstance(items, list):
        raise ModelNonsense("no_list", name="sections")
    sections = [heading for item in items if (heading := _heading(item)) is not None]
    if not sections:
        raise ModelNonsense("no_sections")
    return line(document.get("title"), MAX_TITLE), sections


def _heading(item: Node) -> Heading | None:
    if isinstance(item, dict) and len(item) == 1 and not item.keys() & {"title", "covers", "leaves"}:
        # `- Bees: a history` is a mapping in YAML, but was meant as a title.
        key, value = next(iter(item.items()))
        item = f"{key}: {value}" if isinstance(value, str) else key
    fields = item if isinstance(item, dict) else {"title": item}
    title = "" if isinstance(fields.get("title"), list) else line(fields.get("title"), MAX_TITLE)
    if not title:
        return None
    return Heading(
        title=title,
        covers=line(fields.get("covers"), MAX_NOTE),
        leaves=line(fields.get("leaves"), MAX_NOTE),
    )


def _found(answer: str) -> tuple[str, list[Heading]]:
    """The titles in an answer that is not in form: those named so in a broken block, or the items of a list."""
    if len(answer) > MAX_CHARACTERS:
        return "", []
    if titles := ["".join(groups) for groups in _titled.findall(answer)]:
        return line(titles[0], MAX_TITLE), [
            Heading(title=said) for each in titles[1:] if (said := line(each, MAX_TITLE))
        ]
    listed = (_listed.fullmatch(each) for each in answer.split("\n"))
    return "", [Heading(title=said) for match in listed if match and (said := _title(match[1]))]


def _title(item: str) -> str:
    """The title in an item of a list, without marks and a note behind it."""
    said = _named.sub("", line(item.replace("*", "").replace("`", ""), MAX_TITLE), count=1)
    said = _quoted.sub(r"\1", said).strip("\"'“”„«»_ ")
    return said if len(said.split()) <= WORDS_A_TITLE else _note.sub("", said)[:MAX_TITLE]


def _placeholder(title: str) -> bool:
    plain = title.casefold().strip(" .:\"'[]<>()")
    return not plain or plain in PLACEHOLDERS or _numbered.fullmatch(plain) is not None
