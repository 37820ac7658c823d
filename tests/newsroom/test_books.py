"""What a run leaves in the books: the tally and the log."""

import asyncio
import logging

import pytest

from service.core.events import Usage
from service.core.model_errors import ModelRejected
from tests.fakes import OUTLINE, QueuedModel
from tests.newsroom.conftest import Opens


async def test_stages_and_runs_are_counted_and_logged(opened: Opens, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create("Secret plans")
        await desk.view(article_id)
        tally = desk.tally
    counted = {stage: sum(times.counts) for stage, times in tally.stages.items()}
    assert counted == {("outline", "completed"): 1, ("content", "completed"): 2, ("style", "completed"): 1}
    assert tally.usage == Usage(8, 12)
    assert dict(tally.articles) == {"completed": 1}
    assert sum(tally.waited.counts) == 1
    told = [record.__dict__["fields"] for record in caplog.records if record.message in ("stage", "article")]
    assert [fields.get("stage") for fields in told][::3] == ["outline", "style"]
    assert {fields["article"] for fields in told} == {article_id}
    assert "Secret" not in caplog.text + repr(told)


async def test_a_section_that_is_mended_afterwards_took_its_time_once(opened: Opens) -> None:
    same = "Bees dance in the dark of their hive to tell each other where the flowers are. " * 5
    model = QueuedModel([OUTLINE, same, same], gate=asyncio.Event())
    async with opened(model) as desk:
        _, viewer = await desk.written(model, min_words=100)
        tally = desk.tally
    ends = [event.section for event in viewer.stages() if (event.stage, event.status) == ("content", "completed")]
    assert sorted(n for n in ends if n) == [1, 2, 2]  # viewers hear of it
    assert sum(tally.stages["content", "completed"].counts) == 2
    assert tally.usage.prompt_tokens == 2 * len(model.asked)


async def test_a_failure_is_in_the_books_with_its_code(opened: Opens, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with opened(QueuedModel([ModelRejected("status", status=400)])) as desk:
        await desk.view(await desk.create())
        tally = desk.tally
    assert dict(tally.articles) == {"failed": 1}
    assert sum(tally.stages["outline", "failed"].counts) == 1
    told = [record.__dict__["fields"] for record in caplog.records if record.message in ("stage", "article")]
    assert [fields["error"] for fields in told] == ["model_rejected"] * 2
