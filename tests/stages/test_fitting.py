"""A narrow context window: what is sent always fits, and the article is whole all the same."""

import pytest

from service.core import words
from service.core.brief import Brief, Given, Rewrite
from service.core.events import Usage
from service.core.model_errors import ModelContextExceeded
from service.core.sections import sections
from service.core.texts import ARTICLE, draft
from service.core.work import at_work
from service.models.model import ANYTHING, Answer, Asked, Listener, Message, Want
from service.models.window import Window
from service.settings import ROOT
from service.stages import flows
from service.stages.desk import Written
from service.stages.prompts import Prompts
from service.stages.sections import NEXT_TO_NOTHING
from service.stages.stage import Shared
from tests.fakes import OUTLINE, Costly, MemoryDesk, QueuedModel, run_flow, writes

PROMPTS = Prompts(ROOT / "config" / "prompts", flows.prompts())
SENTENCES = [f"The hive number {n} stands in field {n * n} by brook {n**3}. " for n in range(1, 400)]
SOURCE = Given(title="On hives", text="".join(SENTENCES))
STYLED = "# Bees\n\n## Hive\n\nStyled text of Hive.\n\n## Honey\n\nStyled text of Honey."


class Narrow(QueuedModel):
    """Checks that whatever it is asked fits."""

    def __init__(self, size: int, *replies: str) -> None:
        super().__init__(list(replies), window=Window(size))

    @property
    def longest(self) -> int:
        return max(map(self.window.tokens, self.asked))

    def asked_with(self, *parts: str) -> list[Message]:
        """The last question that holds all of this."""
        return next(asked for asked in reversed(self.asked) if all(part in asked[1].content for part in parts))


async def test_sources_are_cut_to_what_fits_the_best_first() -> None:
    model = Narrow(2_048)
    desk = MemoryDesk(model)
    text = await run_flow(Brief(topic="Bees", sources=[SOURCE], flow="full", min_words=100), desk, PROMPTS)
    assert text is not None
    assert model.longest < 2_048
    wide = MemoryDesk(QueuedModel())
    assert await run_flow(Brief(topic="Bees", sources=[SOURCE], flow="full", min_words=100), wide, PROMPTS) is not None
    for parts in (["<synthesis>"], ["<section>", "<source"]):
        narrow = model.asked_with(*parts)[1].content
        assert "hive number" in narrow or "Text of" in narrow
    assert model.window.tokens(wide.model.asked[0]) > 2_048


async def test_of_a_text_to_go_on_from_the_end_is_shown() -> None:
    long = "".join(SENTENCES[:100])
    model = Narrow(2_048, OUTLINE, long, long)
    brief = Brief(topic="Bees", flow="full", min_words=3_000)
    text = await run_flow(brief, MemoryDesk(model), PROMPTS)
    assert text is not None
    on = model.asked_with("is too short", "brook")[1].content
    assert SENTENCES[99].strip() in on
    assert SENTENCES[0].strip() not in on
    assert model.longest < 2_048


async def test_a_draft_that_does_not_fit_is_edited_by_section_in_the_quick_flow_too() -> None:
    first = "".join(SENTENCES[:60])
    model = Narrow(4_096, OUTLINE, first, "".join(SENTENCES[60:120]))
    desk = MemoryDesk(model)
    text = await run_flow(Brief(topic="Bees"), desk, PROMPTS)
    assert text == desk.papers[ARTICLE].value
    assert text is not None
    assert first.strip() in text
    assert sum("one section of an article" in asked[1].content for asked in model.asked) == 2


async def test_a_section_that_does_not_fit_stays_as_it_was_written() -> None:
    long = "".join(SENTENCES).strip()
    model = Narrow(4_096, OUTLINE, long, "Sweet is the honey of the bees.")
    text = await run_flow(Brief(topic="Bees"), MemoryDesk(model), PROMPTS)
    assert text == f"# Bees\n\n## Hive\n\n{long}\n\n## Honey\n\nSweet is the honey of the bees."


async def test_a_small_model_edits_by_section() -> None:
    long = "".join(SENTENCES[:9]).strip()
    model = QueuedModel(["1. Hive\n2. Honey", long, long.replace("hive", "honey")], is_small=True)
    text = await run_flow(Brief(topic="Bees", max_sections=2), MemoryDesk(model), PROMPTS)
    assert text == f"# Bees\n\n## Hive\n\n{long}\n\n## Honey\n\n{long.replace('hive', 'honey')}"
    assert "numbered list" in model.asked[0][1].content
    assert len(model.asked) == 5


async def test_a_small_model_that_wrote_next_to_nothing_writes_on() -> None:
    more = ["A hive has many cells.", "Honey is sweet and gold.", "Each cell has six walls.", "Bees keep it in wax."]
    model = QueuedModel(["1. Hive\n2. Honey", "Wax.", "Sweet.", *more], is_small=True)
    text = await run_flow(Brief(topic="Bees", max_sections=2), MemoryDesk(model), PROMPTS)
    assert text is not None
    assert "Wax.\n\nA hive has many cells.\n\nEach cell has six walls." in text
    asked = [asked[1].content for asked in model.asked]
    assert sum("Explain this topic" in each for each in asked) == 2 * (1 + len(NEXT_TO_NOTHING) // 2)
    assert sum("Give an example" in each for each in asked) == 2 * (len(NEXT_TO_NOTHING) - len(NEXT_TO_NOTHING) // 2)


async def test_a_short_section_that_goes_on_with_nothing_new_is_asked_for_anew() -> None:
    brief = Brief(topic="Bees", flow="full", min_words=100, max_sections=2)
    honey, hive = [" ".join(f"{what} has {n} cells." for n in range(15)) for what in ("Honey", "A hive")]
    again = ["A hive is here.", honey, "A hive is here.", hive]
    desk = MemoryDesk(QueuedModel(["1. Hive\n2. Honey", *again], is_small=True))
    await run_flow(brief, desk, PROMPTS)
    written = desk.outputs["content", 1]
    assert isinstance(written, Written)
    assert written.text == hive
    assert desk.paper(draft(1)).value == hive


class Spending(QueuedModel):
    """Uses many tokens for each answer."""

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        at_work().usage += Usage(0, 1_000)
        return await super().ask(asked, listener, want)


async def test_a_small_model_that_has_used_much_for_few_words_writes_no_more() -> None:
    often = []
    for kind in (QueuedModel, Spending):
        model = kind(["1. Hive\n2. Honey", *(f"Wax is soft in field {n}." for n in range(40))], is_small=True)
        await run_flow(Brief(topic="Bees", flow="full", min_words=200), MemoryDesk(model), PROMPTS)
        often.append(sum("Give an example" in asked[1].content for asked in model.asked))
    assert often[0] > often[1] == 0


async def test_a_small_model_that_wrote_only_titles_is_asked_for_the_section_again() -> None:
    titles = "1. Hive\n2. Honey"
    model = QueuedModel(
        [titles, titles, "Honey", "A hive has many cells.", *["Bees"] * 3],
        is_small=True,
    )
    desk = MemoryDesk(model)
    text = await run_flow(Brief(topic="Bees", max_sections=2), desk, PROMPTS)
    assert text is not None
    assert "## Hive\n\nA hive has many cells." in text
    assert text.endswith("## Honey\n\nHoney")  # nothing better came
    assert sum("Explain this topic" in asked[1].content for asked in model.asked) == 7


async def test_what_was_spent_on_a_draft_that_did_not_fit_is_counted() -> None:
    refusal = Costly(ModelContextExceeded("refused"), Usage(7, 7))
    model = QueuedModel([OUTLINE, writes, writes, refusal])
    desk = MemoryDesk(model)
    assert await run_flow(Brief(topic="Bees"), desk, PROMPTS) == STYLED
    assert desk.usage["style", None] == Usage(7 + 2 * 2, 7 + 2 * 3)


@pytest.mark.parametrize("size", [1_024, 2_048])
async def test_the_article_around_a_rewritten_section_is_cut(size: int) -> None:
    content = f"# Bees\n\n## Hive\n\nWax.\n\n## Honey\n\n{''.join(SENTENCES)}"
    model = Narrow(size, "Wax and more wax.")
    shared: Shared = {
        "brief": Brief(topic="Bees"), "desk": MemoryDesk(model), "prompts": PROMPTS, "content": content, "marks": (),
        "rewrite": Rewrite(section=1, instruction="Longer"),
    }  # fmt: skip
    await flows.run(flows.REWRITE, shared)
    assert shared["final_article"] == content.replace("Wax.", "Wax and more wax.")
    assert model.longest < size
    assert words.count(model.asked[0][1].content) > 100


async def test_the_third_section_of_a_small_model_is_a_plain_question_if_it_names_two() -> None:
    planned = []
    for is_small in (True, False):
        text = await run_flow(
            Brief(topic="Bees"), MemoryDesk(QueuedModel(["1. Hive\n2. Honey"], is_small=is_small)), PROMPTS
        )
        planned.append([section.title for section in sections(text or "")])
    assert planned == [["Hive", "Honey", "What comes next"], ["Hive", "Honey"]]
