"""A passage is revised in its place, whatever stands around it and around the answer."""

import pytest

from service.core.brief import Brief
from service.core.model_errors import ModelEmpty
from service.core.passage import ACTIONS, Action, Passage, Revision
from service.core.work import working
from service.models.model import ANYTHING, Answer, Asked, Listener, Want
from service.models.window import Window
from service.settings import ROOT
from service.stages.prompts import Prompts
from service.stages.revise import Subject, revise
from service.stages.sources import Research, Source
from tests.fakes import USED, Paper, QueuedModel, RetryingModel

PROMPTS = Prompts(ROOT / "config" / "prompts")
SOURCES = [Source(id=2, title="On wax", url=None, text="Wax.")]
TEXT = (
    "# Bees\n\nBees fly.\n\n## Hive\n\nA hive is made of wax, and of wood [2].\n\n- wax\n- wood\n\n## Honey\n\nSweet."
)


async def revised(
    passage: str,
    reply: str,
    action: Action = "rewrite",
    *,
    text: str = TEXT,
    model: QueuedModel | None = None,
    tone: str | None = None,
    lang: str | None = "en",
) -> tuple[str, str, QueuedModel]:
    """The passage's new text, what was streamed of it, and the model that was asked."""
    model = model or QueuedModel()
    model.replies.append(reply)
    revision = Revision(base=1, passage=Passage(text.index(passage), passage), action=action, tone=tone)
    research = Research(sources=SOURCES, synthesis="")
    subject = Subject(brief=Brief(topic="Bees"), content=text, lang=lang, research=research)
    paper = Paper()
    made = await revise(revision, subject, model, PROMPTS, paper)
    return made, paper.value, model


@pytest.mark.parametrize(
    ("passage", "reply", "made"),
    [
        ("Bees fly.", "Bees soar.", "Bees soar."),
        ("Bees fly.", "Here is the passage:\n\nBees soar.</passage>", "Bees soar."),
        ("Bees fly.", "```markdown\nBees soar.\n```", "Bees soar."),
        ("Bees fly.", "Bees soar.\n\n## Hive\n\nWax.", "Bees soar."),
        ("Bees fly.", "Bees\nsoar.\n\nFar.", "Bees soar. Far."),
        (" of wax", "of soft wax.", " of soft wax"),
        (" of wax", "of soft wax...", " of soft wax..."),
        ("Bees fly.", "Bees soar [1].", "Bees soar."),
        ("wood [2].", "timber [2].", "timber [2]."),
        ("- wax\n- wood", "- soft wax\n- wood", "- soft wax\n- wood"),
        ("## Hive\n\nA hive", "## The hive\n\nEach hive", "## The hive\n\nEach hive"),
    ],
)
async def test_it_fits_in_its_place(passage: str, reply: str, made: str) -> None:
    assert (await revised(passage, reply))[0] == made


async def test_what_a_model_copies_from_its_instructions_is_taken_off() -> None:
    copied = "Answer with the new text of the passage alone, without the text before or after it."
    assert (await revised("Bees fly.", f"Bees soar.\n\n{copied}"))[0] == "Bees soar."
    assert (await revised("## Honey\n\nSweet.", f"## Honey\n\nSour.\n\n{copied}"))[0] == "## Honey\n\nSour."


async def test_it_is_shown_as_it_comes_and_anew_when_it_is_tried_again() -> None:
    assert (await revised("Bees fly.", "Bees soar."))[1] == "Bees soar."
    assert (await revised("Bees fly.", "Bees soar.", model=RetryingModel()))[1] == "Bees soar."


@pytest.mark.parametrize("action", ACTIONS)
async def test_the_model_is_told_what_to_do_and_sees_what_stands_around(action: Action) -> None:
    _, _, model = await revised("of wax", "of wax", action, tone="friendly", lang="de")
    asked = model.asked[0][1].content
    assert "<passage>\nof wax\n</passage>" in asked
    assert "A hive is made \n</before>" in asked
    assert "<after>\n, and of wood [2]." in asked
    assert PROMPTS.fill(f"revise_{action}", Brief(topic="Bees", tone="friendly")).strip() in asked
    assert "Write in German" in asked
    assert ("friendly" in asked) == (action == "tone")


async def test_of_a_long_text_the_nearest_is_shown_and_of_a_narrow_window_less() -> None:
    text = f"{'far. ' * 2_000}near. It is here. near. {'far. ' * 2_000}"
    _, _, model = await revised("It is here.", "Here it is.", text=text)
    wide = model.asked[0][1].content
    assert "near. \n</before>" in wide
    assert "<after>\n near." in wide
    assert 5_000 < len(wide) < 8_000
    _, _, model = await revised("It is here.", "Here it is.", text=text, model=QueuedModel(window=Window(1_024)))
    assert "near. \n</before>" in model.asked[0][1].content
    assert len(model.asked[0][1].content) < len(wide) / 2


class Cut(QueuedModel):
    """Is stopped by a limit."""

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        assert want.tokens
        assert listener is not None
        listener.running("thinking", "")
        answer = await super().ask(asked, listener, want)
        return Answer(answer.text, cut=True)


async def test_a_cut_answer_ends_with_a_sentence() -> None:
    assert (await revised("Bees fly.", "Bees soar. They al", model=Cut()))[0] == "Bees soar."


async def test_nothing_is_no_answer() -> None:
    with pytest.raises(ModelEmpty), working("") as work:
        await revised("Bees fly.", "[7]")
    assert work.usage == USED
