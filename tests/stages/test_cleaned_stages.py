"""Whatever stands around a model's texts, viewers see the texts alone, in every stage that streams."""

from dataclasses import dataclass, field, replace

import pytest

from service.core.brief import Brief, Rewrite
from service.core.model_errors import ModelUnavailable
from service.core.sections import marks, sections
from service.core.texts import TextKey, draft
from service.models.model import ANYTHING, Answer, Asked, Listener, Message, Want, whole
from service.settings import ROOT
from service.stages import flows
from service.stages.prompts import Prompts
from service.stages.stage import Shared
from tests.fakes import MemoryDesk, QueuedModel, run_flow, writes
from tests.stages.test_clean_paper import Seen

PROMPTS = Prompts(ROOT / "config" / "prompts")
NEVER = ("Sure", "rubbish", "`", "<", "**")
ARTICLE = "# Bees\n\n## Hive\n\nText of Hive.\n\n## Honey\n\nText of Honey."


def messy(messages: list[Message]) -> str:
    """What `writes` answers, and what models put around it."""
    text, asked = writes(messages), messages[1].content
    if "```yaml" in asked:
        return text
    if text.startswith("#"):
        return f"Sure, here is the article:\n\n```markdown\n{text}\n```"
    title = asked.partition("<section>\n")[2].partition("\n</section>")[0]
    other = "Honey" if title == "Hive" else "Hive"
    text = "It goes on, and on, and on, and on." if "too short" in asked else text
    return f"Sure, here is it:\n<text>\n**{title}**\n\n{text}\n</text>\n\n**{other}**\n\nIt was cut"


@dataclass
class MessyModel(QueuedModel):
    """Begins each streamed answer in vain, then streams it character by character until it is cut."""

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        answer = replace(await super().ask(asked), text=messy(whole(asked)), cut=True)
        if listener is not None:
            for character in "```\nSure, rubbish":
                listener.append(character)
            listener.retrying(2, ModelUnavailable("status", status=500), 0.0)
            for character in answer.text:
                listener.append(character)
        return answer


@dataclass
class SeeingDesk(MemoryDesk):
    model: QueuedModel = field(default_factory=MessyModel)
    seen: dict[TextKey, Seen] = field(default_factory=dict)

    def paper(self, key: TextKey) -> Seen:
        return self.seen.setdefault(key, Seen())

    def ever(self) -> list[str]:
        return [value for paper in self.seen.values() for value in paper.seen]


@pytest.mark.parametrize("brief", [Brief(topic="Bees"), Brief(topic="Bees", flow="full", min_words=10)])
async def test_an_article_is_seen_without_what_stands_around_its_texts(brief: Brief) -> None:
    desk = SeeingDesk()
    text = await run_flow(brief, desk, PROMPTS)
    assert text == desk.paper(("article", None)).value
    assert [section.title for section in sections(text or "")] == ["Hive", "Honey"]
    assert not [value for value in desk.ever() if any(each in value for each in NEVER)]


async def test_a_continuation_is_seen_without_what_stands_around_it() -> None:
    desk = SeeingDesk()
    await run_flow(Brief(topic="Bees", flow="full", min_words=30), desk, PROMPTS)
    seen = desk.paper(draft(1)).seen
    assert "Text of Hive.\n\nIt goes on, and on, and on, and on." in seen
    assert all(value.startswith("Text of Hive.") for value in seen[seen.index("Text of Hive.") :])
    assert not [value for value in desk.ever() if any(each in value for each in NEVER)]


async def test_a_rewritten_section_is_seen_without_what_stands_around_it() -> None:
    desk = SeeingDesk()
    shared: Shared = {"brief": Brief(topic="Bees"), "desk": desk, "prompts": PROMPTS}
    shared["rewrite"], shared["content"] = Rewrite(section=1, instruction="Shorter"), ARTICLE
    shared["marks"] = marks(sections(ARTICLE))
    await flows.run(flows.REWRITE, shared)
    assert desk.paper(draft(1)).value == "Text of Hive."
    assert not [value for value in desk.ever() if any(each in value for each in NEVER)]
