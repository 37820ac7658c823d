import asyncio

import pytest
from sqlalchemy import update

from service.core.caller import LOCAL
from service.core.errors import QueueFull, StoreFull
from service.core.events import Place
from service.core.model_errors import ModelRefused, ModelRejected
from service.core.run import STRIDE, Claim
from service.messages import say
from service.models.model import ANYTHING, Answer, Asked, Listener, Want
from service.store.tables import articles
from service.wire.events import Done, Error
from tests.fakes import OUTLINE, QueuedModel, RetryingModel
from tests.newsroom.conftest import STYLED, Opens, gated, reached
from tests.sse import Viewer


async def test_an_article_is_written_streamed_and_stored(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        viewer = await desk.view(article_id)
        article = await desk.store.get(article_id)
        assert article.status == "completed"
        assert article.content == STYLED == viewer.texts["style", None]
        assert isinstance(viewer.end, Done)
        assert (viewer.end.progress, viewer.end.usage.completion_tokens) == (100, 12)
        assert viewer.last_id == article.terminal_id
        progress = [stage.progress for stage in viewer.stages()]
        assert progress == sorted(progress)


async def test_a_late_viewer_gets_the_same_from_the_store_also_after_a_restart(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        live = await desk.view(article_id)
        late = await desk.view(article_id)
        assert len(desk.log) == 0
    async with opened(QueuedModel()) as desk:
        later = await desk.view(article_id)
    for viewer in (late, later):
        assert viewer.texts == live.texts
        assert viewer.end == live.end
        assert viewer.last_id == live.last_id
        assert viewer.ids == sorted(set(viewer.ids))
        assert [s.status for s in viewer.stages()].count("completed") == 4


async def test_only_the_terminal_id_has_seen_all_of_a_finished_article(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        last = (await desk.view(article_id)).last_id
        assert last is not None
        channel = await desk.newsroom.watch(LOCAL, article_id)
        assert channel.over(last)
        for other in (last - 1, last - STRIDE, last + STRIDE, 0):
            assert not channel.over(other)
            viewer = Viewer(last_id=other)
            assert (await desk.view(article_id, viewer)).texts["style", None] == STYLED


async def test_a_retried_call_is_withdrawn_for_viewers_and_counted(opened: Opens) -> None:
    model = RetryingModel(gate=asyncio.Event())
    async with opened(model) as desk:
        article_id = await desk.create()
        watching = asyncio.create_task(desk.view(article_id))
        await reached(model, 1)
        assert model.gate is not None
        model.gate.set()
        viewer = await watching
        assert viewer.texts["style", None] == STYLED
        assert [s.stage for s in viewer.stages() if s.status == "retrying"].count("content") == 2
        stored = await desk.store.get_with_stage_runs(article_id)
        assert {record.attempt for record in stored.stage_runs} == {2}


async def test_a_failing_model_ends_in_one_error_and_keeps_what_viewers_have(opened: Opens) -> None:
    model = QueuedModel([OUTLINE, "Text one.", ModelRejected("status", status=401)])
    async with opened(model) as desk:
        article_id = await desk.create()
        live = await desk.view(article_id)
        assert isinstance(live.end, Error)
        assert (live.end.code, live.end.retryable, live.end.stage) == ("model_rejected", False, "content")
        assert live.end.params == {"reason": "status", "status": 401}
        article = await desk.store.get(article_id)
        assert (article.status, article.content) == ("failed", "")
        late = await desk.view(article_id)
        assert late.end == live.end
        assert {k: v for k, v in late.texts.items() if v} == {k: v for k, v in live.texts.items() if v}


async def test_a_bug_in_the_flow_ends_the_article_without_its_details(opened: Opens) -> None:
    def breaks(messages: object) -> str:
        raise ZeroDivisionError("secret detail")

    async with opened(QueuedModel([breaks])) as desk:
        article_id = await desk.create()
        end = (await desk.view(article_id)).end
        assert isinstance(end, Error)
        assert (end.code, end.stage) == ("internal_error", "outline")
        assert "secret" not in end.message


async def told(viewer: Viewer, place: int) -> None:
    async with asyncio.timeout(60):
        while Place(place=place) not in [stage.data for stage in viewer.stages()]:
            await asyncio.sleep(0.005)


async def test_those_that_wait_say_their_place_and_move_up(opened: Opens) -> None:
    model = gated(0)
    async with opened(model, at_once=1) as desk:
        _first, second, third = [await desk.create(str(n)) for n in range(3)]
        viewer = Viewer()
        watching = asyncio.create_task(desk.view(third, viewer))
        await told(viewer, 2)
        await desk.cancel(second)
        await told(viewer, 1)
        assert model.gate is not None
        model.gate.set()
        await watching
        places = [stage.data.place for stage in viewer.stages() if isinstance(stage.data, Place)]
        assert places == [2, 1]
        assert viewer.texts["style", None]
        assert viewer.ids == sorted(set(viewer.ids))


async def test_no_more_wait_than_may(opened: Opens) -> None:
    async with opened(gated(0), at_once=1, waiting=2) as desk:
        first = await desk.create()
        await desk.until(first, "processing")
        await desk.create()
        await desk.create()
        with pytest.raises(QueueFull):
            await desk.create()


async def test_no_more_are_written_at_once_than_may(opened: Opens) -> None:
    model = gated(0)
    async with opened(model, at_once=2) as desk:
        ids = [await desk.create(str(n)) for n in range(10)]
        await reached(model, 2)
        assert model.under_way == desk.queue.running == 2
        assert model.gate is not None
        model.gate.set()
        for article_id in ids:
            await desk.until(article_id, "completed")


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
async def test_after_a_stop_anywhere_it_goes_on_without_repeating_a_stored_call(opened: Opens, calls: int) -> None:
    stopped = gated(calls - 1)
    async with opened(stopped) as desk:
        article_id = await desk.create()
        viewer = Viewer()
        watching = asyncio.create_task(desk.view(article_id, viewer))
        await reached(stopped, calls)
        await desk.stop()
        await watching
        assert viewer.end is None
        assert (await desk.store.get(article_id)).status == "processing"
        stored = await desk.store.get_with_stage_runs(article_id)
        done = sum(record.status == "completed" for record in stored.stage_runs)
    model = QueuedModel()
    async with opened(model) as desk:
        await desk.view(article_id, viewer)
        assert viewer.texts["style", None] == STYLED == (await desk.store.get(article_id)).content
        assert len(model.asked) == 4 - done
        assert viewer.ids == sorted(set(viewer.ids))
        assert sum(isinstance(event, Done) for event in viewer.events) == 1


async def test_a_run_whose_end_can_not_be_stored_is_found_by_a_sweep(
    opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = gated(0)
    async with opened(model) as desk:
        finish = desk.store.finish
        failing = iter([True])

        async def fails_once(*words: object) -> None:
            if next(failing, False):
                raise OSError("the disk is full")
            await finish(*words)  # ty: ignore[invalid-argument-type]

        monkeypatch.setattr(desk.store, "finish", fails_once)
        article_id, viewer = await desk.written(model)
        assert viewer.end is None
        assert (await desk.until(article_id, "completed")).content == STYLED


async def test_an_end_that_can_not_be_stored_at_once_is_stored_later(
    opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.newsroom.desk.STORE_DELAYS", (0.01, 0.01))
    async with opened(QueuedModel()) as desk:
        finish = desk.store.finish
        failing = iter([True, True])

        async def fails_twice(*words: object) -> None:
            if next(failing, False):
                raise StoreFull
            await finish(*words)  # ty: ignore[invalid-argument-type]

        monkeypatch.setattr(desk.store, "finish", fails_twice)
        assert isinstance((await desk.view(await desk.create())).end, Done)


async def test_a_queue_that_can_not_be_read_is_read_later(opened: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(QueuedModel()) as desk:
        claim = desk.store.claim
        failing = iter([True])

        async def fails_once(limit: int) -> list[Claim]:
            if next(failing, False):
                raise OSError("the disk is on fire")
            return await claim(limit)

        monkeypatch.setattr(desk.store, "claim", fails_once)
        await desk.until(await desk.create(), "completed")


async def test_a_writer_of_an_older_epoch_is_refused(opened: Opens) -> None:
    model = gated(1)
    async with opened(model, sweep=60) as desk:
        article_id = await desk.create()
        watching = asyncio.create_task(desk.view(article_id))
        await reached(model, 3)
        await desk.store.recover()
        assert model.gate is not None
        model.gate.set()
        model.gate = asyncio.Event()  # the next writer comes no further
        assert (await watching).end is None
        stored = await desk.store.get_with_stage_runs(article_id)
        assert [r.status for r in stored.stage_runs] == ["completed", "started", "started"]


async def test_viewers_of_one_article_come_and_go_without_a_trace(opened: Opens) -> None:
    model = gated(1)
    async with opened(model) as desk:
        article_id = await desk.create()
        watching = [asyncio.create_task(desk.view(article_id)) for _ in range(20)]
        await reached(model, 3)
        for task in watching[::2]:
            task.cancel()
        await asyncio.sleep(0)
        assert model.gate is not None
        model.gate.set()
        texts = [viewer.texts["style", None] for viewer in await asyncio.gather(*watching[1::2])]
        assert set(texts) == {STYLED}
        await asyncio.sleep(0.05)
        assert len(desk.log) == 0
        assert desk.queue.running == 0


async def test_a_retried_article_withdraws_the_draft_of_the_run_before(opened: Opens) -> None:
    model = gated(1)
    async with opened(model) as desk:
        article_id = await desk.create()
        await reached(model, 3)
        await desk.cancel(article_id)
        viewer = await desk.view(article_id)
        assert viewer.texts["style", None].startswith("# Bees")
        await desk.newsroom.retry(LOCAL, article_id)
        await reached(model, 5)
        watching = asyncio.create_task(desk.view(article_id, viewer))
        async with asyncio.timeout(60):
            while viewer.texts["style", None]:
                await asyncio.sleep(0.005)
        assert model.gate is not None
        model.gate.set()
        await watching
        assert viewer.texts["style", None] == STYLED
        assert isinstance(viewer.end, Done)
        assert viewer.end.run == 2


async def test_an_article_that_can_not_be_read_fails_and_holds_up_no_other(opened: Opens) -> None:
    async with opened(gated(0), at_once=1) as desk:
        _first, odd, other = [await desk.create(str(n)) for n in range(3)]
        change = update(articles).where(articles.c.id == odd).values(brief='{"flow": "of a later edition"}')
        await desk.store._database.write(lambda connection: connection.execute(change))
    async with opened(QueuedModel(), at_once=1) as desk:
        await desk.until(other, "completed")
        failure = (await desk.until(odd, "failed")).failure
        assert failure is not None
        assert failure.retryable
        assert say(failure.sentence) == "this version of Pressroom can't read the article"


async def test_a_run_that_takes_too_long_fails_and_its_model_calls_end(opened: Opens) -> None:
    model = gated(1)
    async with opened(model, longest=0.3) as desk:
        article_id = await desk.create()
        end = (await desk.view(article_id)).end
        assert isinstance(end, Error)
        assert (end.code, end.message, end.retryable) == ("model_timeout", "writing the article took too long", True)
        assert end.stage == "content"
        assert model.under_way == 0


async def test_a_failed_style_stage_leaves_the_draft(opened: Opens) -> None:
    async with opened(QueuedModel([OUTLINE, "One.", "Two.", ModelRefused("no")])) as desk:
        article_id = await desk.create()
        viewer = await desk.view(article_id)
        assert isinstance(viewer.end, Error)
        article = await desk.store.get(article_id)
        assert (article.status, article.content) == ("failed", "# Bees\n\n## Hive\n\nOne.\n\n## Honey\n\nTwo.")
        assert viewer.texts["style", None] == article.content
        await desk.newsroom.retry(LOCAL, article_id)
        await desk.view(article_id)
        assert (await desk.store.get(article_id)).content == ("# Bees\n\n## Hive\n\nOne.\n\n## Honey\n\nTwo.")


async def test_what_the_model_does_is_told_at_most_once_a_second(opened: Opens) -> None:
    model = TellingModel(gate=asyncio.Event())
    async with opened(model) as desk:
        article_id, viewer = await desk.written(model)
        told = [(stage.stage, stage.message) for stage in viewer.stages() if stage.status == "running"]
        assert told == [
            ("outline", "Waiting for the model"),
            ("content", "Waiting for the model"),
            ("content", "Waiting for the model"),
            ("style", "Waiting for the model"),
        ]
        assert [stage.status for stage in (await desk.view(article_id)).stages()].count("running") == 0


async def test_how_far_an_unseen_text_is_is_told(opened: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.newsroom.desk.RUNNING", 0.0)
    model = TellingModel(gate=asyncio.Event())
    async with opened(model) as desk:
        _, viewer = await desk.written(model)
        told = [(stage.stage, stage.message) for stage in viewer.stages() if stage.status == "running"]
        assert ("outline", "3 words so far") in told
        assert ("style", "3 words so far") not in told  # it is seen


class TellingModel(QueuedModel):
    """Tells of each call that it waits, and then how far it is: three times, as if seconds had passed."""

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        assert listener is not None
        for _ in range(3):
            listener.running("waiting", "")
        for _ in range(3):
            listener.running("writing", "Bees hum sweetly")
        return await super().ask(asked, listener, want)
