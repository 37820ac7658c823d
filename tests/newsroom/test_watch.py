"""Watching, whether somebody still writes or not."""

from tests.fakes import QueuedModel
from tests.newsroom.conftest import Opens


async def test_viewers_of_a_finished_article_count_as_long_as_they_are_there(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id = await desk.create()
        await desk.view(article_id)
        tally = desk.channels.tally
        assert (tally.viewers, len(desk.channels)) == (0, 0)
        given = tally.snapshots
        view = (await desk.watch.channel(article_id)).view(None)
        await anext(view)
        assert tally.viewers == 1
        async for _ in view:
            pass
        assert (tally.viewers, tally.snapshots) == (0, given + 1)
