"""Reading by a link: what it shows, and that it shows no more once it is revoked or has expired."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock

import msgspec
import pytest

from service.core.article import Edit
from service.core.brief import Given
from service.core.caller import LOCAL
from service.core.errors import Gone, NotFound, StoreAway
from service.core.share import Share
from service.log.contract import Batch
from service.newsroom import sharing
from service.newsroom.sharing import Reading
from service.store.shares import Shares
from service.wire.reading import Reading as Dialect
from tests.fakes import OUTLINE, QueuedModel
from tests.newsroom.conftest import Desk, Opens, gated, reached
from tests.newsroom.test_newsroom import Painter

SOURCES = [Given(title="Dances", text="Bees dance in the hive."), Given(title="Nests", text="Wasps chew wood.")]


async def shared(desk: Desk, article_id: str, days: int = 30) -> tuple[Share, str]:
    return await desk.newsroom.share(LOCAL, article_id, days=days)


async def opened_reading(desk: Desk, token: str) -> tuple[Reading, AsyncGenerator[Batch]]:
    """A reading that has shown what there is."""
    _, reading = await desk.newsroom.reading_room.watch(token)
    batches = reading.follow(None)
    await anext(batches)
    return reading, batches


async def ends(batches: AsyncGenerator[Batch]) -> None:
    async with asyncio.timeout(60):
        async for _ in batches:
            pass


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.002)


async def test_a_link_shows_title_text_picture_and_cited_sources(opened: Opens) -> None:
    written = ["Bees dance.", OUTLINE, "They dance [1].", "They build."]
    async with opened(QueuedModel([*written]), painter=Painter()) as desk:
        article_id = await desk.create(sources=SOURCES, include_image=True, language="en", target_audience="a secret")
        await desk.view(article_id)
        _, token = await shared(desk, article_id)
        shown = await desk.newsroom.reading_room.read(token)
        article = await desk.newsroom.get(LOCAL, article_id)
        assert (shown.title, shown.content, shown.words) == (article.title, article.content, article.words)
        assert (shown.status, shown.progress, shown.language) == ("completed", 100, "en")
        assert [(source.id, source.title, source.url) for source in shown.sources] == [(1, "Dances", None)]
        assert shown.image_alt == f"Illustration: {article.title}"
        data, image = await desk.newsroom.reading_room.picture(token)
        assert (data, image.media_type) == (await picture(desk, article_id), "image/jpeg")
        everything = repr(shown)
        assert article_id not in everything
        assert "secret" not in everything
        await desk.newsroom.edit(LOCAL, article_id, Edit(base=1, title="Wasps", content="Sting."))
        changed = await desk.newsroom.reading_room.read(token)
        assert (changed.title, changed.content, changed.sources) == ("Wasps", "Sting.", [])


async def picture(desk: Desk, article_id: str) -> bytes:
    return (await desk.newsroom.picture(LOCAL, article_id))[0]


async def test_while_it_is_written_a_link_shows_no_topic_and_all_sources(opened: Opens) -> None:
    model = QueuedModel(["Bees dance.", OUTLINE], gate=asyncio.Event(), ungated=2)
    async with opened(model) as desk:
        article_id = await desk.create("My private reasons", sources=SOURCES)
        _, token = await shared(desk, article_id)
        await reached(model, 3)
        shown = await desk.newsroom.reading_room.read(token)
        assert (shown.title, shown.content, shown.image_alt) == ("Bees", "", None)
        assert [source.title for source in shown.sources] == ["Dances", "Nests"]
    async with opened(QueuedModel(gate=asyncio.Event())) as desk:
        _, token = await shared(desk, await desk.create("My private reasons"))
        shown = await desk.newsroom.reading_room.read(token)
        assert (shown.title, shown.sources) == ("", [])


async def test_links_are_listed_and_each_can_be_revoked(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id, other = await desk.create(), await desk.create("Wasps")
        (first, token), (second, kept) = await shared(desk, article_id, 1), await shared(desk, article_id, 365)
        assert first.expires_at - first.created_at == pytest.approx(timedelta(days=1), abs=timedelta(seconds=5))
        assert await desk.newsroom.shares(LOCAL, article_id) == [first, second]
        with pytest.raises(NotFound):
            await desk.newsroom.unshare(LOCAL, other, first.id)
        await desk.newsroom.unshare(LOCAL, article_id, first.id)
        assert await desk.newsroom.shares(LOCAL, article_id) == [second]
        assert await desk.newsroom.reading_room.share(kept) == second
        for wanted in (
            desk.newsroom.reading_room.share,
            desk.newsroom.reading_room.read,
            desk.newsroom.reading_room.picture,
        ):
            with pytest.raises(Gone, match="revoked"):
                await wanted(token)
            with pytest.raises(NotFound, match="share"):
                await wanted("another")
        with pytest.raises(NotFound, match="picture"):
            await desk.newsroom.reading_room.picture(kept)


async def test_a_reader_sees_the_article_being_written_to_its_end(opened: Opens) -> None:
    model = gated(0)
    async with opened(model) as desk:
        article_id = await desk.create()
        _, token = await shared(desk, article_id)
        article, reading = await desk.newsroom.reading_room.watch(token)
        assert (article.id, reading.over(None), reading.ended) == (article_id, False, False)
        dialect, data = Dialect(), b""
        assert model.gate is not None
        model.gate.set()
        async with asyncio.timeout(60):
            async for batch in reading.follow(None):
                data += dialect.encode(batch)
        assert reading.ended
        told = events(data)
        assert told[-1]["type"] == "done"
        text = ""
        for event in told:
            if event["type"] == "token" and event["kind"] == "article":
                text = text[: event["offset"]] + event["text"]
        assert text == (await desk.newsroom.reading_room.read(token)).content
        assert article_id.encode() not in data


def events(data: bytes) -> list[dict[str, Any]]:
    lines = [line for line in data.split(b"\n") if line.startswith(b"data: ")]
    return [msgspec.json.decode(line.removeprefix(b"data: ")) for line in lines]


async def test_revoking_ends_the_streams_of_that_link_at_once_and_no_other(opened: Opens) -> None:
    async with opened(gated(0)) as desk:
        article_id = await desk.create()
        await desk.until(article_id, "processing")
        (share, token), (_, kept) = await shared(desk, article_id), await shared(desk, article_id)
        (reading, waits), (_, waits_too) = await opened_reading(desk, token), await opened_reading(desk, token)
        other, stays = await opened_reading(desk, kept)
        tasks = [asyncio.create_task(ends(batches)) for batches in (waits, waits_too)]
        staying = asyncio.create_task(ends(stays))
        await asyncio.sleep(0.02)  # they wait for more now
        await desk.newsroom.unshare(LOCAL, article_id, share.id)
        async with asyncio.timeout(sharing.LOOK):
            await asyncio.gather(*tasks)
        assert (reading.closed, reading.ended, other.closed) == (True, False, False)
        assert desk.log.tally.viewers == 1
        with pytest.raises(Gone):
            await desk.newsroom.reading_room.watch(token)
        await desk.cancel(article_id)
        await staying
        assert other.ended


async def test_a_stream_that_is_busy_sending_when_its_link_is_revoked_gets_no_more(opened: Opens) -> None:
    async with opened(gated(0)) as desk:
        article_id = await desk.create()
        share, token = await shared(desk, article_id)
        _, batches = await opened_reading(desk, token)
        await desk.newsroom.unshare(LOCAL, article_id, share.id)
        with pytest.raises(StopAsyncIteration):
            await anext(batches)
        assert desk.log.tally.viewers == 0


async def test_a_stream_that_begins_after_its_link_was_revoked_shows_nothing(opened: Opens) -> None:
    async with opened(gated(0)) as desk:
        article_id = await desk.create()
        share, token = await shared(desk, article_id)
        _, reading = await desk.newsroom.reading_room.watch(token)
        await desk.newsroom.unshare(LOCAL, article_id, share.id)
        assert [batch async for batch in reading.follow(None)] == []


async def test_a_link_that_is_revoked_while_it_is_opened_is_not_opened(
    opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(gated(0)) as desk:
        article_id = await desk.create()
        share, token = await shared(desk, article_id)
        get = desk.store.get

        async def revoked_meanwhile(article_id: str) -> object:
            await desk.newsroom.unshare(LOCAL, article_id, share.id)
            return await get(article_id)

        monkeypatch.setattr(desk.store, "get", revoked_meanwhile)
        with pytest.raises(Gone, match="revoked"):
            await desk.newsroom.reading_room.watch(token)


async def test_another_link_may_be_revoked_while_one_is_opened(opened: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(gated(0)) as desk:
        article_id = await desk.create()
        (other, _), (share, token) = await shared(desk, article_id), await shared(desk, article_id)
        get, reads = desk.store.get, 0

        async def revoked_meanwhile(article_id: str) -> object:
            nonlocal reads
            reads += 1
            if reads == 1:
                await desk.newsroom.unshare(LOCAL, article_id, other.id)
            return await get(article_id)

        monkeypatch.setattr(desk.store, "get", revoked_meanwhile)
        _, reading = await desk.newsroom.reading_room.watch(token)
        assert (reads, reading.share) == (2, share)


async def test_expiry_ends_streams_and_they_can_not_be_opened_again(
    opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "LOOK", 0.01)
    async with opened(gated(0)) as desk:
        article_id = await desk.create()
        (late, token), (_, kept) = await shared(desk, article_id), await shared(desk, article_id)
        reading, batches = await opened_reading(desk, token)
        other, stays = await opened_reading(desk, kept)
        waiting, staying = asyncio.create_task(ends(batches)), asyncio.create_task(ends(stays))
        await asyncio.sleep(0.05)
        assert not reading.closed
        monkeypatch.setattr(Share, "expired", lambda share: share.id == late.id)
        await waiting
        assert (reading.closed, other.closed) == (True, False)
        with pytest.raises(Gone, match="expired"):
            await desk.newsroom.reading_room.watch(token)
        await desk.cancel(article_id)
        await staying


async def test_a_link_that_is_revoked_by_another_process_ends_its_streams_once_the_store_can_be_asked(
    opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "LOOK", 0.01)
    async with opened(gated(0)) as desk:
        article_id = await desk.create()
        (share, token), (_, kept) = await shared(desk, article_id), await shared(desk, article_id)
        reading, batches = await opened_reading(desk, token)
        other, stays = await opened_reading(desk, kept)
        shares = Shares(desk.store._database)  # as another process has them
        with monkeypatch.context() as away:
            away.setattr(Shares, "lasting", AsyncMock(side_effect=StoreAway()))
            await shares.revoke(article_id, share.id)
            await asyncio.sleep(0.05)
            assert not reading.closed
        await ends(batches)
        assert (reading.closed, other.closed) == (True, False)
        await desk.cancel(article_id)
        await ends(stays)


async def test_deleting_an_article_ends_its_streams_and_links(opened: Opens) -> None:
    async with opened(QueuedModel()) as desk:
        article_id, other = await desk.create(), await desk.create("Wasps")
        for each in (article_id, other):
            await desk.view(each)
        (_, token), (_, kept) = await shared(desk, article_id), await shared(desk, other)
        (reading, _), (stays, _) = await opened_reading(desk, token), await opened_reading(desk, kept)
        await desk.newsroom.delete(LOCAL, article_id)
        assert (reading.closed, stays.closed) == (True, False)
        with pytest.raises(NotFound):
            await desk.newsroom.reading_room.watch(token)


async def test_readers_who_leave_are_forgotten(opened: Opens) -> None:
    async with opened(gated(0)) as desk:
        article_id = await desk.create()
        share, token = await shared(desk, article_id)
        reading, batches = await opened_reading(desk, token)
        leaving = asyncio.create_task(ends(batches))
        await asyncio.sleep(0.02)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await until(lambda: desk.log.tally.viewers == 0)
        await desk.newsroom.unshare(LOCAL, article_id, share.id)
        assert reading.closed
