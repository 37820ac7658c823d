from datetime import UTC, datetime
from typing import Any

import msgspec

from service.core.article import Article
from service.core.events import Done, Event, StageEvent, Usage
from service.core.sentences import Sentence
from service.log.contract import Batch, Entry
from service.wire.newsroom_socket import NewsroomSocket

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DONE = Done(article_id="a", run=1, status="completed", progress=100, words=1, usage=Usage(), elapsed_ms=1)
BEGUN = StageEvent(
    run=1,
    stage="article",
    section=None,
    status="processing",
    progress=0,
    sentence=Sentence("article.processing"),
    at=NOW,
)


def article(status: Any) -> Article:
    return Article(
        id="a",
        topic="Bees",
        title="Bees",
        version=0,
        brief="{}",
        rewrite=None,
        status=status,
        epoch=2,
        run=1,
        terminal_id=None,
        content="",
        sections=(),
        words=0,
        failure=None,
        created_at=NOW,
        queued_at=NOW,
        started_at=NOW,
        finished_at=None,
    )


def changes(socket: NewsroomSocket, *events: Event, snapshot: bool) -> list[tuple[str, str]]:
    told = [msgspec.json.decode(text) for text in socket.messages(Batch([Entry(1, e) for e in events], snapshot))]
    return [(each["old_status"], each["new_status"]) for each in told if each["type"] == "status_change"]


def test_whoever_comes_back_in_mid_run_is_told_what_it_changes_from() -> None:
    socket = NewsroomSocket(article("processing"))
    assert changes(socket, DONE, snapshot=False) == [("processing", "completed")]


def test_a_snapshot_tells_the_changes_from_the_beginning() -> None:
    socket = NewsroomSocket(article("processing"))
    assert changes(socket, BEGUN, DONE, snapshot=True) == [("pending", "processing"), ("processing", "completed")]
