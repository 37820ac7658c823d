from pathlib import Path

import pytest

from service.conversations.nodes import Context, answer
from service.conversations.prompts import ChatPrompts
from service.conversations.proposals import Subject
from service.core.errors import SettingsError
from service.core.model_errors import ModelNonsense
from service.models.model import Message
from service.settings import ROOT
from tests.fakes import Paper, QueuedModel, RetryingModel
from tests.raising import raises

PROMPTS = ChatPrompts(ROOT / "config" / "prompts")
SUBJECT = Subject("Bees", "# Bees\n\n## Hive\n\nWax.\n\n## Honey\n\nSweet.", 3)
GOOD = "Like so.\n\n```yaml\nsection: 2\ntext: |\n  Very sweet.\n```"
BAD = "Like so.\n\n```yaml\nsection: 7\ntext: |\n  Very sweet.\n```"
QUESTION = [Message("user", "Make section two longer")]


def context(model: QueuedModel, tokens: int = 1_000) -> Context:
    return Context(model=model, prompts=PROMPTS, paper=Paper(), history_tokens=tokens)


async def test_a_question_is_asked_with_what_was_said_before_it() -> None:
    said = [Message("user", "old " * 500), Message("assistant", "older"), *QUESTION]
    model = QueuedModel(["Hello there. "])
    at = context(model, tokens=100)
    assert await answer(at, said, None) is None
    assert at.paper.value == "Hello there."
    assert model.asked == [[PROMPTS.system(None), *QUESTION]]


async def test_the_system_prompt_knows_the_article_and_its_sections() -> None:
    told = PROMPTS.system(SUBJECT).content
    assert SUBJECT.content in told
    assert "1. Hive\n2. Honey" in told
    assert told.startswith(PROMPTS.system(None).content)


async def test_a_proposal_is_not_typed_out() -> None:
    at = context(QueuedModel([GOOD]))
    made = await answer(at, QUESTION, SUBJECT)
    assert made is not None
    assert (at.paper.value, made.section, made.base, made.text) == ("Like so.", 2, 3, "## Honey\n\nVery sweet.")


async def test_without_an_article_nothing_is_taken_for_a_proposal() -> None:
    at = context(QueuedModel([GOOD]))
    assert await answer(at, QUESTION, None) is None
    assert at.paper.value == GOOD


@pytest.mark.parametrize("text", ["So:\n\n```yaml\nhive: wax\n```\n\nThat is YAML.", "Just words.", "`````"])
async def test_what_is_no_proposal_is_shown_whole(text: str) -> None:
    at = context(QueuedModel([text]))
    assert await answer(at, QUESTION, SUBJECT) is None
    assert at.paper.value == text


async def test_a_proposal_that_can_not_be_used_is_asked_for_once_more() -> None:
    model = QueuedModel([BAD, GOOD])
    at = context(model)
    made = await answer(at, QUESTION, SUBJECT)
    assert made is not None
    assert (at.paper.value, made.section) == ("Like so.", 2)
    assert model.asked[1][-2] == Message("assistant", BAD)
    assert "a number from 1 to 2" in model.asked[1][-1].content


async def test_a_second_useless_one_is_an_error() -> None:
    with raises(ModelNonsense, "no usable proposal"):
        await answer(context(QueuedModel([BAD, "What do you mean?"])), QUESTION, SUBJECT)


@pytest.mark.parametrize("subject", [None, SUBJECT])
async def test_text_of_a_call_that_is_made_again_is_withdrawn(subject: Subject | None) -> None:
    at = context(RetryingModel(["Fine.", "Fine."]))
    await answer(at, QUESTION, subject)
    assert at.paper.value == "Fine."


def test_a_prompt_with_an_unknown_field_is_refused_by_name(tmp_path: Path) -> None:
    for path in (ROOT / "config" / "prompts").glob("*.md"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "chat_article.md").write_text("$nonsense")
    with raises(SettingsError, r"chat_article\.md"):
        ChatPrompts(tmp_path)
