"""A passage is revised for whom asks, and only what is accepted is stored; what was changed is taken back and again."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from service.core.article import Edit
from service.core.caller import LOCAL
from service.core.errors import BadInput, Conflict, NotFound, ServerBusy
from service.core.events import Token, Usage
from service.core.model_errors import ModelRejected
from service.core.passage import Passage, Revision
from service.log.contract import Batch
from service.newsroom import revising
from service.newsroom.revising import STAGE, Revised
from tests.fakes import USED, Costly, QueuedModel
from tests.newsroom.conftest import STYLED, Desk, Opens, gated, reached
from tests.raising import raises

HIVE = Passage(STYLED.index("Styled text of Hive."), "Styled text of Hive.")
ARTICLE_CALLS = 4


def wanted(passage: Passage = HIVE, base: int = 1) -> Revision:
    return Revision(base=base, passage=passage, action="rewrite")


async def article(desk: Desk) -> str:
    article_id = await desk.create()
    await desk.view(article_id)
    return article_id


async def told(parts: AsyncGenerator[Batch | Revised]) -> tuple[str, Revised | None]:
    """The text that was streamed, and what came of it."""
    text = ""
    async for part in parts:
        if isinstance(part, Revised):
            return text, part
        for token in (entry.event for entry in part.entries):
            assert isinstance(token, Token)
            text = text[: token.offset] + token.text
    return text, None


async def test_it_is_streamed_compared_and_counted_and_nothing_is_stored(opened: Opens) -> None:
    model = QueuedModel()
    async with opened(model) as desk:
        article_id = await article(desk)
        model.replies.append("Wax and wood.")
        spent = desk.tally.usage
        parts = await desk.newsroom.revise(LOCAL, article_id, wanted())
        text, revised = await told(parts)
        assert revised is not None
        assert text == revised.text == "Wax and wood."
        assert "".join(change.text for change in revised.changes if change.kind != "added") == HIVE.text
        assert revised.usage == Usage(2, 3)
        assert desk.tally.usage == spent + Usage(2, 3)
        stored = await desk.store.get(article_id)
        assert (stored.version, stored.content) == (1, STYLED)


async def test_what_is_accepted_takes_the_passages_place_as_a_version(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await article(desk)
        changed = await desk.newsroom.replace(LOCAL, article_id, HIVE, "Wax.", base=1)
        assert changed.content == STYLED.replace(HIVE.text, "Wax.")
        reasons = [version.reason for version in await desk.newsroom.versions(LOCAL, article_id)]
        assert reasons == ["written", "revised"]
        with pytest.raises(Conflict):
            await desk.newsroom.replace(LOCAL, article_id, HIVE, "Wax.", base=1)
        with pytest.raises(NotFound):
            await desk.newsroom.replace(LOCAL, article_id, HIVE, "Wax.", base=2)


async def test_what_can_not_be_revised_is_refused_before_anybody_is_asked(opened: Opens) -> None:
    model = QueuedModel()
    async with opened(model) as desk:
        article_id = await article(desk)
        for refused, revision in (
            (Conflict, wanted(base=2)),
            (NotFound, wanted(Passage(0, "Wasps"))),
            (BadInput, wanted(Passage(0, STYLED))),
        ):
            with pytest.raises(refused):
                await desk.newsroom.revise(LOCAL, article_id, revision)
        assert len(model.asked) == ARTICLE_CALLS


async def test_who_stops_listening_stops_the_model(opened: Opens) -> None:
    model = gated(ARTICLE_CALLS)
    async with opened(model) as desk:
        article_id = await article(desk)
        paid = desk.tally.usage
        parts = await desk.newsroom.revise(LOCAL, article_id, wanted())
        assert isinstance(await anext(parts), Batch)
        assert model.under_way == 1
        await parts.aclose()
        async with asyncio.timeout(60):
            while model.under_way:
                await asyncio.sleep(0.002)
        assert (await desk.store.get(article_id)).version == 1
        assert desk.tally.usage == paid + USED
        async with asyncio.timeout(60):
            while await desk.store.used(article_id, STAGE) != USED:
                await asyncio.sleep(0.002)


async def test_what_fails_is_told_and_counted(opened: Opens) -> None:
    failure = Costly(ModelRejected("status", status=401), Usage(50, 7))
    model = QueuedModel()
    async with opened(model) as desk:
        article_id = await article(desk)
        spent = desk.tally.usage
        model.replies.append(failure)
        with raises(ModelRejected, "401"):
            await told(await desk.newsroom.revise(LOCAL, article_id, wanted()))
        assert desk.tally.usage == spent + Usage(50, 7)


async def test_only_so_many_at_once_and_none_after_the_end(opened: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revising, "AT_ONCE", 1)
    model = gated(ARTICLE_CALLS)
    async with opened(model) as desk:
        article_id = await article(desk)
        first = asyncio.create_task(told(await desk.newsroom.revise(LOCAL, article_id, wanted())))
        await reached(model, ARTICLE_CALLS + 1)
        with pytest.raises(ServerBusy):
            await desk.newsroom.revise(LOCAL, article_id, wanted())
        desk.newsroom.close()
        assert (await first)[1] is None
        with pytest.raises(ServerBusy):
            await desk.newsroom.revise(LOCAL, article_id, wanted())


async def test_changes_are_taken_back_and_brought_again(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await article(desk)

        async def now(**how: Any) -> str:
            base = (await desk.store.get(article_id)).version
            return (await desk.newsroom.undo(LOCAL, article_id, base=base, **how)).content

        with pytest.raises(Conflict):
            await now()
        await desk.newsroom.edit(LOCAL, article_id, Edit(base=1, title="Two", content="Two."))
        await desk.newsroom.edit(LOCAL, article_id, Edit(base=2, title=None, content="Three."))
        assert [await now(), await now(), await now(forward=True)] == ["Two.", STYLED, "Two."]
        back, forward = await desk.newsroom.steps(LOCAL, article_id)
        assert (back and back.over, forward and forward.over) == (2, 3)
        assert [await now(forward=True), (await desk.store.get(article_id)).title] == ["Three.", "Two"]
        with pytest.raises(Conflict):
            await now(forward=True)
        with pytest.raises(Conflict):
            await desk.newsroom.undo(LOCAL, article_id, base=1)
        assert len(await desk.newsroom.versions(LOCAL, article_id)) == 7
