"""What there is of an article that did not come to its end."""

from service.core.caller import LOCAL
from service.core.model_errors import ModelRejected
from service.newsroom import drafts, results
from tests.fakes import OUTLINE, QueuedModel
from tests.newsroom.conftest import Desk, Opens, gated, reached

REFUSED = ModelRejected("status", status=401)


async def text(desk: Desk, article_id: str) -> str:
    return drafts.with_text(await desk.newsroom.stored(LOCAL, article_id)).article.content


async def test_the_sections_of_a_failed_article_are_put_together(opened: Opens) -> None:
    async with opened(QueuedModel([OUTLINE, "Text of Hive.", REFUSED])) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        stored = drafts.with_text(await desk.newsroom.stored(LOCAL, article_id))
        assert stored.article.title == "Bees"
        assert stored.article.content.startswith("# Bees\n\n## Hive\n\nText of Hive.")
        assert results.of(stored).draft
        await desk.newsroom.retry(LOCAL, article_id)
        assert not drafts.is_draft((await desk.newsroom.stored(LOCAL, article_id)).article)
        await desk.view(article_id)
        finished = await desk.newsroom.stored(LOCAL, article_id)
        assert drafts.with_text(finished) is finished
        assert not results.of(finished).draft


async def test_of_what_was_not_begun_there_is_no_draft(opened: Opens) -> None:
    async with opened(QueuedModel([REFUSED])) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        assert await text(desk, article_id) == ""
    async with opened(QueuedModel([OUTLINE])) as desk:
        article_id = await desk.create(review_outline=True)
        await desk.until(article_id, "awaiting_review")
        await desk.cancel(article_id)
        assert await text(desk, article_id) == ""


async def test_a_stopped_rewrite_leaves_a_finished_text(opened: Opens) -> None:
    model = gated(4)
    async with opened(model) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        await desk.newsroom.rewrite(LOCAL, article_id, base=1, section=1, instruction="shorter")
        await reached(model, 5)
        stopped = await desk.cancel(article_id)
        assert stopped.status == "cancelled"
        assert not drafts.is_draft(stopped)
        assert await text(desk, article_id) == stopped.content != ""
