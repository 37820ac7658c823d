"""What becomes of an article that is changed: its sections, what it has cost, and what its viewers have seen."""

import asyncio
from typing import Any

import pytest

from service.core.article import Article, Edit
from service.core.caller import LOCAL
from service.core.events import Usage
from service.core.model_errors import ModelRejected
from service.newsroom import results
from service.wire.events import Done, Error
from service.wire.native import NativeSSE
from tests.fakes import OUTLINE, Costly, QueuedModel
from tests.newsroom.conftest import Desk, Opens, gated, reached
from tests.sse import Viewer

CALL = Usage(2, 3)  # what each of the queued model's costs
REFUSED = Costly(ModelRejected("status", status=401), Usage(50, 7))

ODD = [
    "Intro\n-----\n\nBefore.",
    "##\n\nUntitled.",
    "- one\n- ## in a list\n\n  more",
    "> ## quoted",
    "```\n## code\n```",
]


async def changed(desk: Desk, article_id: str, content: str, base: int) -> dict[str, int]:
    """The ids of the sections after an edit, by title."""
    change = Edit(base=base, title=None, content=content)
    article = await desk.newsroom.edit(LOCAL, article_id, change)
    return {mark.title: mark.id for mark in article.sections}


async def rewritten(desk: Desk, article_id: str, base: int, section: int) -> str:
    await desk.newsroom.rewrite(LOCAL, article_id, base=base, section=section, instruction="shorter")
    await desk.view(article_id)
    return (await desk.store.get(article_id)).content


@pytest.mark.parametrize("odd", ODD)
async def test_the_section_that_was_meant_is_rewritten_whatever_stands_before_it(opened: Opens, odd: str) -> None:
    before, after = f"{odd}\n\n## Hive\n\nWax.\n\n{odd}", f"\n\n{odd}\n\n## Wasps\n\nSting."
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        ids = await changed(desk, article_id, f"{before}\n\n## Honey\n\nOld.{after}", base=1)
        content = await rewritten(desk, article_id, 2, ids["Honey"])
        assert content.startswith(f"{before}\n\n## Honey\n\nText of Honey.")
        assert content.endswith("\n\n## Wasps\n\nSting.")
        assert "Old." not in content


async def test_a_section_is_rewritten_by_the_id_that_it_keeps_over_edits(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        swapped = "## Honey\n\nStyled text of Honey.\n\n## Hive\n\nWax."
        assert await changed(desk, article_id, swapped, base=1) == {"Honey": 2, "Hive": 1}
        renamed = "## Wasps\n\nSting.\n\n## Nectar\n\nStyled text of Honey.\n\n## Hive\n\nWax."
        assert await changed(desk, article_id, renamed, base=2) == {"Wasps": 3, "Nectar": 2, "Hive": 1}
        content = await rewritten(desk, article_id, 3, 2)
        assert content == renamed.replace("Styled text of Honey.", "Text of Nectar.")
        assert {m.title: m.id for m in (await desk.store.get(article_id)).sections} == {
            "Wasps": 3, "Nectar": 2, "Hive": 1
        }  # fmt: skip


async def test_what_was_replaced_by_a_rewrite_was_paid_for_too(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        first = (await desk.view(article_id)).end
        assert isinstance(first, Done)
        assert first.usage == times(4)
        for n in (1, 2):
            await desk.newsroom.rewrite(LOCAL, article_id, base=n, section=1, instruction="shorter")
            again = (await desk.view(article_id)).end
            assert isinstance(again, Done)
            paid = times(4 + n)
            later = results.of(await desk.newsroom.stored(LOCAL, article_id)).usage
            assert again.usage == later == desk.tally.usage == paid


def times(calls: int) -> Usage:
    return sum([CALL] * calls, Usage())


async def cost(desk: Desk, article_id: str) -> Usage:
    """As the article, its viewers and the metrics tell it."""
    end = (await desk.view(article_id)).end
    usage = results.of(await desk.newsroom.stored(LOCAL, article_id)).usage
    assert desk.tally.usage == usage
    assert isinstance(end, Error) or (isinstance(end, Done) and end.usage == usage)
    return usage


async def test_calls_that_are_stopped_were_paid_for_too(opened: Opens) -> None:
    model = gated(1)
    async with opened(model) as desk:
        article_id = await desk.create()
        await reached(model, 3)
        await desk.cancel(article_id)
        assert await cost(desk, article_id) == times(3)


async def test_calls_beside_one_that_fails_were_paid_for_too(opened: Opens) -> None:
    model = QueuedModel([OUTLINE, "Text of Hive.", REFUSED], gate=asyncio.Event(), ungated=1)
    async with opened(model) as desk:
        article_id = await desk.create()
        assert await cost(desk, article_id) == times(2) + REFUSED.usage


async def test_a_correction_that_fails_was_paid_for_too(opened: Opens) -> None:
    """The second section says what the first does: it is begun anew."""
    said = " ".join(f"In the year {n} the bees of this garden made honey for the whole village." for n in range(9))
    async with opened(QueuedModel([OUTLINE, said, said, REFUSED])) as desk:
        article_id = await desk.create(flow="full", min_words=120)
        assert await cost(desk, article_id) == times(3) + REFUSED.usage
        await desk.newsroom.retry(LOCAL, article_id)
        assert (await cost(desk, article_id)).prompt_tokens > (times(3) + REFUSED.usage).prompt_tokens


async def test_a_call_that_failed_was_paid_for_too(opened: Opens) -> None:
    async with opened(QueuedModel([OUTLINE, "Text of Hive.", "Text of Honey.", REFUSED])) as desk:
        article_id = await desk.create()
        paid = await cost(desk, article_id)
        assert paid == times(3) + REFUSED.usage
        await desk.newsroom.retry(LOCAL, article_id)
        assert (await cost(desk, article_id)).prompt_tokens > paid.prompt_tokens


async def test_the_end_of_a_review_that_everybody_has_left_is_newer_than_all_that_was_seen(opened: Opens) -> None:
    model = QueuedModel(gate=asyncio.Event())
    async with opened(model) as desk:
        article_id = await desk.create(review_outline=True)
        viewer = Viewer()
        following = (await desk.newsroom.watch(LOCAL, article_id)).follow(None)
        dialect, opened_gate = NativeSSE(), False
        async for batch in following:
            viewer.feed(dialect.encode(batch))
            if not opened_gate:
                opened_gate = True
                assert model.gate is not None
                model.gate.set()
            if viewer.stages() and viewer.stages()[-1].status == "awaiting_review":
                break
        await following.aclose()
        seen = viewer.last_id
        assert seen is not None
        while desk.log.story(article_id):
            await asyncio.sleep(0.002)
        cancelled = await desk.cancel(article_id)
        assert (cancelled.terminal_id or 0) > seen
        await desk.view(article_id, viewer)
        assert isinstance(viewer.end, Done)
        assert viewer.last_id == cancelled.terminal_id
        assert viewer.ids == sorted(set(viewer.ids))


async def test_a_run_that_begins_before_its_command_has_returned_keeps_its_log(
    opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = gated(4)
    async with opened(model) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        accept = desk.store.rewrite

        async def slow(*args: Any, **wanted: Any) -> Article:
            article = await accept(*args, **wanted)
            await reached(model, 5)
            return article

        monkeypatch.setattr(desk.store, "rewrite", slow)
        await desk.newsroom.rewrite(LOCAL, article_id, base=1, section=1, instruction="shorter")
        assert desk.log.story(article_id) is not None
        watching = asyncio.create_task(desk.view(article_id))
        assert model.gate is not None
        model.gate.set()
        assert isinstance((await watching).end, Done)
