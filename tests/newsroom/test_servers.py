"""Two servers on one database: what one does, viewers at the other see."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from service.core.article import Edit
from service.core.caller import LOCAL
from service.core.errors import Conflict, ImageFailed, NotFound
from service.store.renewals import Renewal
from tests.fakes import QueuedModel
from tests.log.articles import deafen
from tests.newsroom.conftest import Desk, Opens, gated, reached
from tests.newsroom.extras import Painter, kept, over, painting, result
from tests.sse import Viewer
from tests.stopped import found_stopped

pytestmark = pytest.mark.process
NEVER = 3600.0  # a sweep would take articles from the other server


@pytest.fixture
def kind() -> str:
    return "postgres"


@asynccontextmanager
async def servers(opened: Opens, model: QueuedModel, at_once: int = 4) -> AsyncGenerator[tuple[Desk, Desk, str]]:
    """One that writes, another that does not, and an article that was begun."""
    async with opened(QueuedModel(), sweep=NEVER) as there:
        there.serving.cancel()
        await asyncio.wait([there.serving])
        async with opened(model, at_once=at_once, sweep=NEVER) as here:
            article_id = await here.create()
            await reached(model, 1)
            yield here, there, article_id


async def watched(at: Desk, article_id: str) -> asyncio.Task[Viewer]:
    watching, before = asyncio.create_task(at.view(article_id)), at.log.tally.viewers
    async with asyncio.timeout(60):
        while at.log.tally.viewers == before:
            await asyncio.sleep(0.005)
    return watching


async def test_an_article_is_watched_edited_and_deleted_where_it_is_not_written(opened: Opens) -> None:
    model = gated(0)
    async with servers(opened, model) as (here, there, article_id):
        watching = [await watched(desk, article_id) for desk in (here, there)]
        assert model.gate is not None
        model.gate.set()
        near, away = [await each for each in watching]
        assert near.end is not None
        assert near.texts["style", None] == (await there.store.get(article_id)).content
        for viewer in (away, await there.view(article_id)):
            assert (viewer.texts, viewer.end, viewer.last_id) == (near.texts, near.end, near.last_id)
        assert (await there.newsroom.watch(LOCAL, article_id)).over(away.last_id)
        change = Edit(base=(await here.store.get(article_id)).version, title=None, content="Edited")
        await there.newsroom.edit(LOCAL, article_id, change)
        for desk in (here, there):
            assert (await desk.view(article_id)).texts["style", None] == "Edited"
        await there.newsroom.delete(LOCAL, article_id)
        for desk in (here, there):
            with pytest.raises(NotFound):
                await desk.newsroom.watch(LOCAL, article_id)


async def test_who_watches_at_one_server_sees_what_is_cancelled_at_the_other(opened: Opens) -> None:
    async with servers(opened, gated(0), at_once=1) as (here, there, article_id):
        waits = await here.create()
        for each in (article_id, waits):
            watching = await watched(there, each)
            await here.cancel(each)
            viewer = await watching
            assert viewer.end is not None
            assert viewer.last_id == (await here.store.get(each)).terminal_id
            assert (await here.view(each)).last_id == viewer.last_id


@asynccontextmanager
async def painters(opened: Opens) -> AsyncGenerator[tuple[Desk, Desk, Painter, str]]:
    """Two servers that know that the other lives, and an article whose picture the first is making anew."""
    painter = Painter()
    async with opened(QueuedModel(), painter=painter) as here, opened(QueuedModel(), painter=painter) as there:
        for desk in (here, there):
            await desk.store.call_roll({})
        article_id = await here.create()
        await here.until(article_id, "completed")
        await here.newsroom.renew(LOCAL, article_id, "image", base=0)
        await painting(painter)
        yield here, there, painter, article_id


async def test_what_one_server_makes_anew_the_other_knows_of(opened: Opens) -> None:
    async with painters(opened) as (here, there, painter, article_id):
        for desk in (here, there):
            assert await desk.newsroom.renewing(LOCAL, article_id) == ["image"]
            with pytest.raises(Conflict) as refused:
                await desk.newsroom.renew(LOCAL, article_id, "image", base=0)
            assert refused.value.params == {"reason": "being_made"}
        painter.fails = ImageFailed("timeout")
        painter.lets.set()
        failures = [(await over(desk, article_id)).failure for desk in (here, there)]
        assert failures == [painter.fails.sentence] * 2
        painter.fails = None
        await there.newsroom.renew(LOCAL, article_id, "image", base=0)
        assert await over(here, article_id) == Renewal(running=False, failure=None)
        assert (await result(here, article_id)).revisions["image"] == 1


async def test_what_one_server_makes_anew_is_stopped_at_the_other(opened: Opens) -> None:
    async with painters(opened) as (here, there, painter, article_id):
        await there.newsroom.stop_renewal(LOCAL, article_id, "image")
        for desk in (here, there):
            assert await desk.newsroom.renewal(LOCAL, article_id, "image") == Renewal(running=False, failure=None)
        await _let_go(here)
        assert not painter.lets.is_set()
        deafen(here.log)  # it does not hear of the next stop
        await here.newsroom.renew(LOCAL, article_id, "image", base=0)
        await painting(painter, 2)
        await there.newsroom.stop_renewal(LOCAL, article_id, "image")
        painter.lets.set()
        await _let_go(here)
        assert await kept(here, article_id) == []


async def _let_go(desk: Desk) -> None:
    """It makes nothing any more."""
    async with asyncio.timeout(60):
        while desk.newsroom._renewals._tasks:
            await asyncio.sleep(0.002)


async def test_what_a_dead_server_was_making_anew_is_made_at_another(opened: Opens) -> None:
    async with painters(opened) as (here, there, painter, article_id):
        deafen(here.log)
        await found_stopped(there.store, here.store._database.process)
        await here.store.call_roll({})  # it was only asleep
        assert await there.newsroom.renewing(LOCAL, article_id) == []
        painter.lets.set()
        await _let_go(here)
        assert await kept(here, article_id) == []
        await there.newsroom.renew(LOCAL, article_id, "image", base=0)
        assert await over(here, article_id) == Renewal(running=False, failure=None)
        assert len(await kept(here, article_id)) == 1


async def test_what_is_made_anew_ends_when_its_article_is_deleted_at_another_server(opened: Opens) -> None:
    async with painters(opened) as (here, there, _, article_id):
        await there.newsroom.delete(LOCAL, article_id)
        await _let_go(here)
