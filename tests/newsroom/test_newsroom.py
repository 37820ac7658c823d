"""Runs that pause, runs on an article that is there, and stages that may be left out."""

import asyncio
from typing import Any

import pytest

from service.core.article import Article
from service.core.brief import Given
from service.core.caller import LOCAL
from service.core.errors import Conflict
from service.core.model_errors import ModelRefused
from service.core.outline import Heading, Outline
from service.newsroom import history
from service.stages.image import Image
from service.stages.seo import Seo
from service.stages.sources import Research, Sources
from service.wire.events import Done, Error, Stage
from tests.fakes import OUTLINE, QueuedModel
from tests.newsroom.conftest import STYLED, Desk, Opens, gated, reached
from tests.sse import Viewer

NEW = Outline(title="My bees", sections=[Heading(title="Wax")])
REWRITTEN = STYLED.replace("Styled text of Honey.", "Text of Honey.")


class Painter:
    async def paint(self, prompt: str) -> bytes:
        return b"\xff\xd8\xff" + prompt.encode()


def told(viewer: Viewer, stage: str, status: str) -> list[Stage]:
    return [event for event in viewer.stages() if (event.stage, event.status) == (stage, status)]


async def go_on(desk: Desk, article: Article) -> None:
    await desk.newsroom.approve(LOCAL, article.id, NEW)


async def rewrite(desk: Desk, article_id: str, base: int = 1) -> None:
    await desk.newsroom.rewrite(LOCAL, article_id, base=base, section=2, instruction="shorter")


async def rewriting(desk: Desk) -> tuple[str, asyncio.Task[Viewer]]:
    """A finished article that is being rewritten, and who watches that."""
    article_id = await desk.create()
    await desk.view(article_id)
    await rewrite(desk, article_id)
    return article_id, asyncio.create_task(desk.view(article_id))


async def test_a_review_frees_its_place_and_its_viewers_stay(opened: Opens) -> None:
    async with opened(QueuedModel(), at_once=1) as desk:
        article_id = await desk.create(review_outline=True)
        watching = asyncio.create_task(desk.view(article_id))
        article = await desk.until(article_id, "awaiting_review")
        assert isinstance((await desk.view(await desk.create())).end, Done)
        assert not watching.done()
        await go_on(desk, article)
        viewer = await watching
        assert isinstance(viewer.end, Done)
        assert viewer.texts["style", None] == "# My bees\n\n## Wax\n\nStyled text of Wax."
        [reviewed] = told(viewer, "article", "awaiting_review")
        assert isinstance(reviewed.data, Outline)
        assert [heading.title for heading in reviewed.data.sections] == ["Hive", "Honey"]
        with pytest.raises(Conflict):
            await go_on(desk, article)


async def test_a_review_that_nobody_watches_keeps_no_channel_and_survives_a_restart(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create(review_outline=True)
        await desk.until(article_id, "awaiting_review")
        async with asyncio.timeout(60):
            while len(desk.log):
                await asyncio.sleep(0.002)
    async with opened(QueuedModel()) as desk:
        watching = asyncio.create_task(desk.view(article_id))
        while not desk.log.story(article_id):
            await asyncio.sleep(0.002)
        await go_on(desk, await desk.store.get(article_id))
        viewer = await watching
        assert len(told(viewer, "article", "awaiting_review")) == 1
        assert viewer.texts["style", None] == (await desk.store.get(article_id)).content


async def test_a_review_can_be_cancelled(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create(review_outline=True)
        watching = asyncio.create_task(desk.view(article_id))
        await desk.until(article_id, "awaiting_review")
        assert (await desk.cancel(article_id)).status == "cancelled"
        end = (await watching).end
        assert isinstance(end, Done)
        assert end.status == "cancelled"


async def test_a_rewrite_changes_one_section_and_tells_only_of_itself(opened: Opens) -> None:
    model = gated(4)
    async with opened(model) as desk:
        article_id, watching = await rewriting(desk)
        while not desk.log.tally.viewers:
            await asyncio.sleep(0.002)
        assert model.gate is not None
        model.gate.set()
        live = await watching
        later = await desk.view(article_id)
        article = await desk.store.get(article_id)
        assert (article.content, article.version, article.run, article.rewrite) == (REWRITTEN, 2, 2, None)
        assert live.texts["style", None] == later.texts["style", None] == REWRITTEN
        assert live.texts["content", 2] == "Text of Honey."
        assert {event.stage for event in live.stages()} == {"article", "content"}
        assert [event.progress for event in live.stages()][-1] == 100
        assert live.end == later.end
        with pytest.raises(Conflict):
            await rewrite(desk, article_id, base=1)


async def test_a_cancelled_or_failed_rewrite_leaves_the_text_and_can_be_retried(opened: Opens) -> None:
    model = gated(4)
    async with opened(model) as desk:
        article_id, watching = await rewriting(desk)
        await reached(model, 5)
        await desk.cancel(article_id)
        viewer = await watching
        assert viewer.texts["style", None] == STYLED
        article = await desk.store.get(article_id)
        assert (article.status, article.content, article.version) == ("cancelled", STYLED, 1)
        model.gate = None
        model.replies = [ModelRefused("no")]
        await desk.newsroom.retry(LOCAL, article_id)
        failed = await desk.view(article_id)
        assert isinstance(failed.end, Error)
        assert failed.texts["style", None] == STYLED
        await desk.newsroom.retry(LOCAL, article_id)
        assert (await desk.view(article_id)).texts["style", None] == REWRITTEN
        assert (await desk.store.get(article_id)).version == 2


async def test_a_section_that_could_not_be_mended_is_shown_as_it_is_stored(opened: Opens) -> None:
    same = "Bees dance in the dark of their hive to tell each other where the flowers are. " * 3 + "They hum. " * 8
    async with opened(QueuedModel([OUTLINE, same, same, ModelRefused("no")])) as desk:
        article_id = await desk.create(min_words=100)
        live = await desk.view(article_id)
        assert isinstance(live.end, Error)
        desk.log.drop(article_id)
        later = await desk.view(article_id)
        told = [{key: text for key, text in viewer.texts.items() if text} for viewer in (live, later)]
        assert told[0] == told[1]
        assert live.texts["content", 2] == same.strip()


async def test_what_was_left_out_is_told_with_its_reason(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:  # without a painter
        article_id = await desk.create(include_image=True)
        for _ in range(2):
            [image] = told(await desk.view(article_id), "image", "skipped")
            assert image.message == "Skipped: no image model is configured"
            assert image.data is None


async def test_what_belongs_to_the_text_is_told_and_stored(opened: Opens) -> None:
    wanted: dict[str, Any] = {"sources": [Given(title="Notes", text="Bees dance.")]}
    async with opened(QueuedModel(), painter=Painter()) as desk:
        article_id = await desk.create(seo_optimize=True, include_image=True, **wanted)
        viewer = await desk.view(article_id)
        later = await desk.view(article_id)
        assert viewer.end == later.end
        for each in (viewer, later):
            [research], [seo], [image] = (
                told(each, "research", "completed"), told(each, "seo", "completed"), told(each, "image", "completed"),
            )  # fmt: skip
            assert isinstance(research.data, Sources)
            assert [source.title for source in research.data.sources] == ["Notes"]
            assert isinstance(seo.data, Seo)  # from the text, because the model gave no usable answer
            assert (seo.data.title, seo.data.keywords) == ("Bees", ["Hive", "Honey"])
            assert image.data == Image(
                url=f"/articles/{article_id}/image", alt="Illustration: Bees", media_type="image/jpeg"
            )
        await rewrite(desk, article_id)
        await desk.view(article_id)
        records = (await desk.store.get_with_stage_runs(article_id)).stage_runs
        assert isinstance(history.output(history.latest(records)["research", None]), Research)


async def test_an_outline_of_the_models_is_what_is_reviewed(opened: Opens) -> None:
    async with opened(QueuedModel(["no outline", OUTLINE])) as desk:
        article_id = await desk.create(review_outline=True)
        await desk.until(article_id, "awaiting_review")
        stored = await desk.store.get_with_stage_runs(article_id)
        assert history.progress_of(stored) == 33


async def test_a_search_that_gave_nothing_is_told_beside_the_sources_that_were_given(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        given = [Given(title="Mine", text="Bees hum.")]
        viewer = await desk.view(await desk.create(research=True, sources=given))
        [found] = told(viewer, "research", "completed")
        assert found.message == "Only your own sources: no search engine is configured"
        assert isinstance(found.data, Sources)
        assert [source.title for source in found.data.sources] == ["Mine"]
