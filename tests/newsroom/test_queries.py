"""What can be asked of the newsroom besides an article's text."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.core.article import Edit
from service.core.brief import Given
from service.core.caller import LOCAL
from service.core.errors import NotFound, StoreAway
from service.core.events import Place, Usage
from service.core.prices import Price, Prices
from service.core.run import Stored
from service.messages import say
from service.newsroom import history, places, results
from service.store.conversations import ChatMessage
from service.store.listing import Wanted
from tests.fakes import OUTLINE, QueuedModel
from tests.log.test_channel import end
from tests.newsroom.conftest import Desk, Opens, gated
from tests.newsroom.test_newsroom import Painter
from tests.sse import Viewer


async def test_versions_are_listed_read_and_restored(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        first = await desk.newsroom.get(LOCAL, article_id)
        await desk.newsroom.edit(LOCAL, article_id, Edit(base=1, title="Wasps", content="Sting."))
        restored = await desk.newsroom.restore(LOCAL, article_id, 1, base=2)
        assert (restored.version, restored.title, restored.content) == (3, first.title, first.content)
        assert sorted(each.version for each in await desk.newsroom.versions(LOCAL, article_id)) == [1, 2, 3]
        assert (await desk.newsroom.version(LOCAL, article_id, 2)).content == "Sting."


async def test_waiting_articles_have_a_place_and_are_listed(opened: Opens) -> None:
    async with opened(QueuedModel(gate=asyncio.Event()), at_once=1) as desk:
        first = await desk.create("Bees")
        await desk.until(first, "processing")
        second, third = await desk.create("Wasps"), await desk.create("Ants")
        assert await desk.newsroom.place(LOCAL, await desk.newsroom.get(LOCAL, third)) == 2
        assert await desk.newsroom.place(LOCAL, await desk.newsroom.get(LOCAL, first)) is None
        page = await desk.newsroom.library.page(LOCAL, Wanted(status="pending"), limit=10)
        assert [card.article.id for card in page.cards] == [third, second]
        assert {stored.article.id for stored in await desk.newsroom.library.active(LOCAL)} == {first}
        for article_id in (third, second, first):
            await desk.newsroom.delete(LOCAL, article_id)
        with pytest.raises(NotFound):
            await desk.newsroom.get(LOCAL, first)


async def test_what_an_article_does_not_have_is_not_found(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        with pytest.raises(NotFound):
            await desk.newsroom.picture(LOCAL, article_id)
        with pytest.raises(NotFound):
            await desk.newsroom.rewrite(LOCAL, article_id, base=1, section=99, instruction="shorter")


async def test_places_are_announced_again_after_the_queue_could_not_be_read(
    opened: Opens, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(places, "AGAIN", 0.01)
    async with opened(QueuedModel(gate=asyncio.Event()), at_once=1) as desk:
        await desk.until(await desk.create("Bees"), "processing")
        second, third = await desk.create("Wasps"), await desk.create("Ants")
        read, reads = desk.store.queue, 0

        async def queue() -> dict[str, int]:
            nonlocal reads
            reads += 1
            if reads <= 2:
                raise StoreAway(retry_after=1) if reads == 1 else OSError("no disk")
            return await read()

        async def until_read(times: int) -> None:
            while reads < times:
                await asyncio.sleep(0.002)
            await asyncio.sleep(0.02)

        monkeypatch.setattr(desk.store, "queue", queue)
        watching = asyncio.create_task(desk.view(second, viewer := Viewer()))
        async with asyncio.timeout(60):
            await until_read(3)
            await desk.cancel(third)  # the queue moves, but not this place
            await until_read(4)
        assert "can't be announced; trying again" in caplog.text
        assert "can't be announced: the database can't be reached now" in caplog.text
        assert [event.data for event in viewer.stages() if event.stage == "article"] == [Place(place=1)]
        watching.cancel()


async def test_a_viewer_who_comes_back_is_told_the_place_again(opened: Opens) -> None:
    async with opened(QueuedModel(gate=asyncio.Event()), at_once=1) as desk:
        await desk.until(await desk.create("Bees"), "processing")
        waits = await desk.create("Wasps")
        for _ in range(3):
            watching = asyncio.create_task(desk.view(waits, viewer := Viewer()))
            async with asyncio.timeout(60):
                while not [stage for stage in viewer.stages() if stage.data == Place(place=1)]:
                    await asyncio.sleep(0.002)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def test_a_picture_is_found_with_its_media_type(opened: Opens) -> None:
    async with opened(QueuedModel(), painter=Painter()) as desk:
        article_id = await desk.create(include_image=True)
        await desk.view(article_id)
        data, image = await desk.newsroom.picture(LOCAL, article_id)
        assert image.media_type == "image/jpeg"
        assert data


async def proposed(desk: Desk, article_id: str) -> None:
    """The conversation `talk` about the article has a `proposal`."""
    begun = await desk.conversations.ask("default", "talk", article_id, "Shorter?")
    answer = ChatMessage(
        number=begun.question.number + 1,
        role="assistant",
        content="Here.",
        created_at=datetime.now(UTC),
        proposal_id="proposal",
        proposal="{}",
    )
    await desk.conversations.answer("talk", begun.epoch, answer)


async def test_an_accepted_proposal_is_a_new_version_and_its_viewers_connect_again(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        async with asyncio.timeout(60):
            while desk.queue.running:
                await asyncio.sleep(0.002)
        await proposed(desk, article_id)
        # As if the writer were still leaving: it holds the ended run's log.
        held = desk.log.opened(article_id, 1)
        held.begin(9, 1)
        end(held)
        change = Edit(base=1, title=None, content="Short.")
        assert await desk.newsroom.accept(LOCAL, "talk", "proposal", article_id, change) == 2
        assert (await desk.newsroom.get(LOCAL, article_id)).content == "Short."
        assert desk.log.story(article_id) is None


async def test_a_result_names_the_cited_sources_with_the_passages_their_writers_were_given(opened: Opens) -> None:
    given = [Given(title="Dances", text="Bees dance in the hive."), Given(title="Nests", text="Wasps chew wood.")]
    written = ["Bees dance.", OUTLINE, "They dance [1].", "They chew [2]."]
    async with opened(QueuedModel([*written])) as desk:
        article_id = await desk.create(sources=given)
        await desk.view(article_id)
        found = results.of(await desk.newsroom.stored(LOCAL, article_id))
        assert [source.title for source in found.cited] == ["Dances", "Nests"]
        assert [source.passages for source in found.cited] == [[each.text] for each in given]


def test_an_article_has_a_cost_only_where_prices_are_set() -> None:
    usage = Usage(1_000_000, 500_000)
    prices = Prices(Price(0, 0), {"dear": Price(0.5, 2)})
    assert (prices.cost("free", usage), prices.cost("dear", usage)) == (None, 1.5)


async def test_an_article_has_the_language_of_its_brief_or_else_of_its_text(opened: Opens) -> None:
    async with opened(gated(0)) as desk:  # before it has a text
        asked, told = await desk.create(language="pt-BR"), await desk.create("城市里的垂直农场")
        assert history.lang(await desk.store.get(asked)) == "pt-BR"
        assert history.lang(await desk.store.get(told)) == "zh"


async def test_of_an_article_of_another_version_what_this_one_knows_is_told(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        viewer = await desk.view(article_id)
        stored = await desk.newsroom.stored(LOCAL, article_id)
        theirs = replace(stored.stage_runs[0], stage="fact_check", output='{"kind":"checked","doubtful":3}')
        brief = json.dumps(json.loads(stored.article.brief) | {"flow": "careful"})
        other = Stored(replace(stored.article, brief=brief), [*stored.stage_runs, theirs])
        plan = history.plan(other.article)
        assert plan.stages == []
        assert history.ended(theirs, plan, {}).sentence == history.started(theirs, plan, {}).sentence
        assert say(history.ended(theirs, plan, {}).sentence) == "A stage of another version of Pressroom"
        assert results.of(other).stages[-1] == (theirs, None)
        assert results.of(other).article.content == viewer.texts["style", None]
