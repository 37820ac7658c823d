import asyncio

import pytest

from service.core.brief import Brief
from service.core.model_errors import (
    ModelError,
    ModelLooped,
    ModelRefused,
    ModelToolCall,
    ModelTruncated,
    ModelUnreachable,
)
from service.core.outline import Heading, Outline
from service.core.texts import ARTICLE, draft
from service.settings import ROOT
from service.stages import flows
from service.stages.edit import Edit
from service.stages.outline import OutlineStage
from service.stages.prompts import Prompts
from service.stages.sections import Sections
from tests.fakes import OUTLINE, MemoryDesk, QueuedModel, RetryingModel, run_flow

PROMPTS = Prompts(ROOT / "config" / "prompts")
QUICK = flows.plan(flows.QUICK, Brief(topic="Bees"))
STYLED = "# Bees\n\n## Hive\n\nStyled text of Hive.\n\n## Honey\n\nStyled text of Honey."


async def write(desk: MemoryDesk, topic: str = "Bees") -> str | None:
    async with asyncio.timeout(60):
        return await run_flow(Brief(topic=topic), desk, PROMPTS)


async def test_outline_then_all_sections_at_once_then_style() -> None:
    desk = MemoryDesk(QueuedModel())
    assert await write(desk) == STYLED
    assert desk.model.most_under_way == 2
    assert [entry for entry in desk.log if entry[0] == "start"] == [
        ("start", "outline", None),
        ("start", "content", 1),
        ("start", "content", 2),
        ("start", "style", None),
    ]
    assert desk.papers[ARTICLE].value == STYLED
    assert desk.papers[draft(1)].value == "Text of Hive."


async def test_every_section_knows_the_outline_and_its_own_ground() -> None:
    desk = MemoryDesk(QueuedModel())
    await write(desk, topic="Bees & co")
    asked = desk.model.asked[2][1].content
    assert "1. Hive\n2. Honey" in asked
    assert "Bees & co" in asked
    assert "<leaves>\nwhere they live\n</leaves>" in asked


async def test_what_was_saved_is_not_asked_for_again() -> None:
    whole = MemoryDesk(QueuedModel())
    await write(whole)
    again = MemoryDesk(QueuedModel(), outputs=dict(whole.outputs))
    assert await write(again) == STYLED
    assert again.model.asked == []
    del again.outputs["content", 2]
    del again.outputs["style", None]
    assert await write(again) == STYLED
    assert len(again.model.asked) == 2


async def test_after_a_bad_outline_the_titles_alone_are_asked_for() -> None:
    model = QueuedModel(["I'd rather not.", "Here they are:\n1. **Hive**\n2. Honey\n"])
    assert await write(MemoryDesk(model)) == STYLED
    assert [message.role for message in model.asked[1]] == ["system", "user"]
    assert "numbered list" in model.asked[1][1].content


@pytest.mark.parametrize(
    ("brief", "title"),
    [
        (Brief(topic="Bees"), "Why it matters"),
        (Brief(topic="Bees", language="de-AT"), "Warum es wichtig ist"),
        (Brief(topic="蜜蜂"), "为什么重要"),
        (Brief(topic="Méh", language="hu"), "Méh"),
    ],
)
@pytest.mark.parametrize("bad", ["no", "sections: [Bees]", ModelTruncated(), ModelLooped(), ModelToolCall("tool_call")])
async def test_the_outline_never_fails_an_article(bad: str | ModelError, brief: Brief, title: str) -> None:
    desk = MemoryDesk(QueuedModel([bad, bad]))
    text = await run_flow(brief, desk, PROMPTS)
    assert text is not None
    assert f"## {title}" in text


async def test_without_a_model_there_is_no_outline() -> None:
    desk = MemoryDesk(QueuedModel(["no", ModelUnreachable()]))
    with pytest.raises(ModelUnreachable):
        await write(desk)
    assert desk.wasted.completion_tokens == 3


async def test_the_first_failing_section_stops_the_others() -> None:
    model = QueuedModel([OUTLINE, ModelRefused("no")], gate=asyncio.Event(), ungated=1)
    desk = MemoryDesk(model)
    with pytest.raises(ModelRefused):
        await write(desk)
    assert model.under_way == 0
    assert ("start", "style", None) not in desk.log


async def test_what_a_section_has_cost_is_counted_also_when_it_can_not_be_written_on() -> None:
    desk = MemoryDesk(QueuedModel([OUTLINE, "Too short.", "Too short.", ModelRefused("no"), ModelRefused("no")]))
    with pytest.raises(ModelRefused):
        await run_flow(Brief(topic="Bees", flow="full", min_words=100), desk, PROMPTS)
    assert desk.wasted.completion_tokens in (3, 6)  # of one section, or of both


async def test_a_retried_call_is_withdrawn_and_told() -> None:
    desk = MemoryDesk(RetryingModel())
    assert await write(desk) == STYLED
    assert desk.papers[ARTICLE].value == STYLED
    assert ("retrying", "outline", None) in desk.log
    assert ("retrying", "content", 2) in desk.log


async def test_white_space_around_an_answer_is_taken_back() -> None:
    desk = MemoryDesk(QueuedModel([OUTLINE, "one ", "two ", "# Bees\n\n## Hive\n\none\n\n## Honey\n\nstyled \n"]))
    await write(desk)
    assert desk.papers[ARTICLE].value == "# Bees\n\n## Hive\n\none\n\n## Honey\n\nstyled"


DRAFT = "# Bees\n\n## Hive\n\nText of Hive.\n\n## Honey\n\nText of Honey."


async def test_the_full_flow_edits_all_sections_at_once() -> None:
    model = QueuedModel()
    desk = MemoryDesk(model)
    assert await run_flow(Brief(topic="Bees", flow="full"), desk, PROMPTS) == STYLED
    assert desk.papers[ARTICLE].value == STYLED
    assert len(model.asked) == 1 + 2 + 2
    assert model.most_under_way == 2


async def test_stopping_the_editing_of_sections_leaves_the_draft_of_those_that_are_not_edited() -> None:
    model = QueuedModel(gate=asyncio.Event(), ungated=4)
    desk = MemoryDesk(model)
    writing = asyncio.create_task(run_flow(Brief(topic="Bees", flow="full"), desk, PROMPTS))
    async with asyncio.timeout(60):
        while len(model.asked) < 5 or model.under_way > 1:
            await asyncio.sleep(0)
    writing.cancel()
    await asyncio.wait([writing])
    assert desk.papers[ARTICLE].value == DRAFT.replace("Text of Hive", "Styled text of Hive")


@pytest.mark.parametrize("flow", ["quick", "full"])
async def test_editing_that_fails_leaves_the_draft(flow: str) -> None:
    desk = MemoryDesk(QueuedModel([OUTLINE, *["Text of Hive.", "Text of Honey."], *[ModelRefused("no")] * 2]))
    with pytest.raises(ModelRefused):
        await run_flow(Brief(topic="Bees", flow=flow), desk, PROMPTS)
    assert desk.papers[ARTICLE].value == DRAFT


async def test_cancelling_ends_every_call() -> None:
    model = QueuedModel(gate=asyncio.Event(), ungated=1)
    writing = asyncio.create_task(write(MemoryDesk(model)))
    while model.under_way < 2 or len(model.asked) < 3:
        await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert model.under_way == 0


def test_progress_grows_as_the_seeds_say() -> None:
    sections: list[tuple[str, int | None]] = [("content", n) for n in (1, 2, 3)]
    outline = Outline(title="t", sections=[Heading(title=title) for title in "abc"])
    assert flows.progress(QUICK, [], None) == 0
    assert flows.progress(QUICK, [("outline", None)], outline) == 33
    assert flows.progress(QUICK, [("outline", None), ("content", 2)], outline) == 44
    assert flows.progress(QUICK, [("outline", None), ("content", 2), ("content", 1)], outline) == 55
    assert flows.progress(QUICK, [("outline", None), *sections], outline) == 66
    assert flows.progress(QUICK, [("outline", None), *sections, ("style", None)], outline) == 100


def test_the_stages_of_any_flow_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    class Summary(Edit):
        name = "summary"

    monkeypatch.setattr(flows.messages, "learn", lambda sentences: None)  # others know nothing of this stage
    monkeypatch.setitem(flows.FLOWS, "short", flows.Flow([[OutlineStage], [Summary]]))
    known = flows.stages.__wrapped__()
    assert list(known)[-1] == "summary"
    assert known["content"] is Sections
