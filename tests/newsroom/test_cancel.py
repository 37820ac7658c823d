"""Cancelling an article in each of its states, and in the moments between them."""

import asyncio

import pytest

from service.core.caller import LOCAL
from service.core.errors import Conflict, NotFound
from service.core.run import Claim
from service.wire.events import Done
from tests.fakes import QueuedModel
from tests.newsroom.conftest import STYLED, Opens, gated, reached
from tests.raising import raises


async def test_cancel_keeps_the_draft_so_far_and_viewers_have_it(opened: Opens) -> None:
    model = gated(1)
    async with opened(model) as desk:
        article_id = await desk.create()
        watching = asyncio.create_task(desk.view(article_id))
        await reached(model, 3)
        article = await desk.cancel(article_id)
        assert model.under_way == 0
        live = await watching
        assert article.status == "cancelled"
        assert isinstance(live.end, Done)
        assert live.end.status == "cancelled"
        assert article.content == live.texts["style", None] == "# Bees\n\n## Hive\n\nText o\n\n## Honey\n\nText of"
        assert (await desk.view(article_id)).texts == live.texts
        stored = await desk.store.get_with_stage_runs(article_id)
        assert [r.status for r in stored.stage_runs] == ["completed", "cancelled", "cancelled"]


async def test_cancel_in_mid_style_keeps_the_styled_part(opened: Opens) -> None:
    model = gated(3)
    async with opened(model) as desk:
        article_id = await desk.create()
        await reached(model, 4)
        article = await desk.cancel(article_id)
        assert article.content == STYLED[: len(STYLED) // 2]


async def test_cancelling_twice_is_a_conflict(opened: Opens) -> None:
    model = gated(0)
    async with opened(model) as desk:
        article_id = await desk.create()
        await reached(model, 1)
        tries = (desk.cancel(article_id) for _ in range(5))
        results = await asyncio.gather(*tries, return_exceptions=True)
        articles = [result for result in results if not isinstance(result, Conflict)]  # whose turn came too late
        assert {getattr(article, "status", article) for article in articles} == {"cancelled"}
        with pytest.raises(Conflict):
            await desk.cancel(article_id)


async def test_a_finished_article_can_not_be_cancelled_and_an_unknown_one_not_found(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.until(article_id, "completed")
        with pytest.raises(Conflict):
            await desk.cancel(article_id)
        with pytest.raises(NotFound):
            await desk.cancel("nobody")
        with pytest.raises(NotFound):
            await desk.newsroom.watch(LOCAL, "nobody")


async def test_cancelling_a_waiting_article_is_at_once(opened: Opens) -> None:
    model = gated(0)
    async with opened(model, at_once=1) as desk:
        await desk.create()
        waiting = await desk.create()
        await reached(model, 1)
        watching = asyncio.create_task(desk.view(waiting))
        await asyncio.sleep(0.02)
        assert (await desk.cancel(waiting)).status == "cancelled"
        live = await watching
        assert live.end is not None
        assert live.end.status == "cancelled"  # ty: ignore
        assert (await desk.view(waiting)).last_id == live.last_id
        assert len(model.asked) == 1


async def test_cancel_comes_too_late_while_the_end_is_being_stored(
    opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(QueuedModel()) as desk:
        finish, storing, go = desk.store.finish, asyncio.Event(), asyncio.Event()

        async def slow(*words: object) -> None:
            storing.set()
            await go.wait()
            await finish(*words)  # ty: ignore[invalid-argument-type]

        monkeypatch.setattr(desk.store, "finish", slow)
        article_id = await desk.create()
        await storing.wait()
        cancelling = asyncio.create_task(desk.cancel(article_id))
        await asyncio.sleep(0.01)
        go.set()
        with raises(Conflict, "already completed"):
            await cancelling


async def test_cancel_in_the_moment_of_the_claim_is_not_lost(opened: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    model = gated(0)
    async with opened(model) as desk:
        claim = desk.store.claim
        claimed, go = asyncio.Event(), asyncio.Event()

        async def slow(limit: int) -> list[Claim]:
            claims = await claim(limit)
            if claims:
                claimed.set()
                await go.wait()
            return claims

        monkeypatch.setattr(desk.store, "claim", slow)
        article_id = await desk.create()
        await claimed.wait()
        cancelling = asyncio.create_task(desk.cancel(article_id))
        await asyncio.sleep(0.03)
        go.set()
        assert (await cancelling).status == "cancelled"


async def test_cancel_before_the_first_word_leaves_no_text(opened: Opens) -> None:
    model = QueuedModel(gate=asyncio.Event(), ungated=1, silent=True)
    async with opened(model) as desk:
        article_id = await desk.create()
        await reached(model, 3)
        assert (await desk.cancel(article_id)).content == ""
