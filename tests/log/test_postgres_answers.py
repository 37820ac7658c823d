"""Several logs on one database: answers in conversations, which belong to no article."""

import asyncio

import pytest

from service.core.events import Token
from service.log import postgres as module
from service.log.contract import Story
from tests.log.articles import DRAFT, answering, logs, until

pytestmark = pytest.mark.process


async def test_what_belongs_to_no_article_is_followed_elsewhere_by_its_key(url: str) -> None:
    answering(url, "talk", 1, "a process")
    async with logs(url) as (here, there):
        early = there.loose("talk.1", written=False)
        following = asyncio.create_task(_text(early))
        written = here.loose("talk.1")
        written.text(DRAFT).append("bees")
        await until(lambda: early.text(DRAFT).value == "bees")
        late = there.loose("talk.1", written=False)
        written.text(DRAFT).append(" and wasps")
        written.flush()
        written.end()
        here.leave("talk.1")
        assert await following == await _text(late) == "bees and wasps"
        assert here.tally.viewers == there.tally.viewers == 0
        await until(lambda: not here._written)
        assert here.story("talk.1") is None


async def _text(channel: Story) -> str:
    """Of its tokens, when it has ended."""
    texts: list[str] = []
    async for batch in channel.follow(None):
        texts = [] if batch.snapshot else texts
        texts += [entry.event.text for entry in batch.entries if isinstance(entry.event, Token)]
    return "".join(texts)


async def test_the_mirror_of_an_answer_is_closed_when_the_answer_is_over_and_not_before(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK", 0.05)
    answering(url, "talk", 2, "a process")
    async with logs(url) as (here, there):
        here.loose("talk.2").text(DRAFT).append("bees")
        mirrors = [there.loose(key, written=False) for key in ("talk.1", "talk.2")]
        over, goes_on = [asyncio.create_task(_text(mirror)) for mirror in mirrors]
        assert await over == ""
        await until(lambda: mirrors[1].text(DRAFT).value == "bees")
        await asyncio.sleep(0.2)
        assert not goes_on.done()
        answering(url, "talk", 2, None)
        assert await goes_on == "bees"
