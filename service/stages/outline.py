"""The outline: its stage, and parsing the model's YAML."""

from typing import ClassVar

from service.core.errors import ModelNonsense
from service.core.outline import Heading, Outline
from service.models.structured import Node
from service.stages.fenced import line, load
from service.stages.stage import PAUSE, Done, Shared, Stage, once, structured

MAX_TITLE = 200
MAX_NOTE = 1_000


class OutlineStage(Stage):
    name, label, agent, weight, output, tells = "outline", "Outline", "OutlineAgent", 10, Outline, Outline
    sentences: ClassVar = {"started": "Planning the outline", "completed": "Outline ready"}

    async def exec_async(self, prep_res: Shared) -> Outline:
        outline = await once(prep_res["desk"], self.name, None, lambda: self._plan(prep_res))
        assert isinstance(outline, Outline)
        return outline

    async def _plan(self, shared: Shared) -> Done:
        brief, prompts, research = shared["brief"], shared["prompts"], shared.get("research")
        background = [prompts.fill("background", synthesis=research.synthesis)] if research else []
        messages = prompts.ask("outline", brief, *background, max_sections=brief.max_sections)

        def parse_it(answer: str) -> Outline:
            return parse(answer, max_sections=brief.max_sections, topic=brief.topic)

        return await structured(shared, self.name, messages, parse_it, parse_it)

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: Outline) -> str:
        shared["outline"] = exec_res
        return PAUSE if shared["brief"].review_outline else "default"


def parse(answer: str, *, max_sections: int, topic: str) -> Outline:
    """The outline in a model's answer. ModelNonsense says what is wrong, so that the model can correct it."""
    document = load(answer)
    items = document.get("sections")
    if not isinstance(items, list):
        raise ModelNonsense("no_list", name="sections")
    sections = [_heading(item) for item in items]
    if not sections:
        raise ModelNonsense("no_sections")
    if len(sections) > max_sections:
        raise ModelNonsense("too_many_sections", count=len(sections), most=max_sections)
    if len({s.title.casefold() for s in sections}) < len(sections):
        raise ModelNonsense("same_title")
    return Outline(title=line(document.get("title"), MAX_TITLE) or topic, sections=sections)


def _heading(item: Node) -> Heading:
    if isinstance(item, dict) and len(item) == 1 and not item.keys() & {"title", "covers", "leaves"}:
        # `- Bees: a history` is a mapping in YAML, but was meant as a title.
        key, value = next(iter(item.items()))
        item = f"{key}: {value}" if isinstance(value, str) else key
    fields = item if isinstance(item, dict) else {"title": item}
    title = "" if isinstance(fields.get("title"), list) else line(fields.get("title"), MAX_TITLE)
    if not title:
        raise ModelNonsense("no_title")
    return Heading(
        title=title,
        covers=line(fields.get("covers"), MAX_NOTE),
        leaves=line(fields.get("leaves"), MAX_NOTE),
    )
