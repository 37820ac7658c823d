"""Watching, whether somebody still writes or not."""

from service.core.caller import LOCAL
from tests.fakes import QueuedModel
from tests.newsroom.conftest import Opens


async def test_viewers_of_a_finished_article_count_as_long_as_they_are_there(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        tally = desk.log.tally
        assert (tally.viewers, len(desk.log)) == (0, 0)
        given = tally.snapshots
        view = (await desk.newsroom.watch(LOCAL, article_id)).follow(None)
        await anext(view)
        assert tally.viewers == 1
        async for _ in view:
            pass
        assert (tally.viewers, tally.snapshots) == (0, given + 1)
