"""What the readers of a shared article are told, and what not."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from service.core.events import Done, Error, Event, Place, Retry, StageEvent, Token, Usage
from service.core.outline import Heading, Outline
from service.core.sentences import Sentence
from service.log.contract import Batch, Entry
from service.stages.image import Image
from service.stages.sources import Missed, SourceRef, Sources
from service.wire.reading import Reading, ReadingEvent

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REFUSED = Sentence("source_refused", {"reason": "port"})
decode = msgspec.json.Decoder(ReadingEvent).decode


def stage(name: str, status: Any = "completed", data: Any = None) -> StageEvent:
    said = Sentence("a secret", {"a": "secret"})
    fields: dict[str, Any] = {"stage": name, "status": status, "data": data, "sentence": said}
    return StageEvent(run=1, section=None, progress=40, at=NOW, elapsed_ms=7, **fields)


def encoded(*events: Event, first: int | None = 8) -> bytes:
    ids = [None if first is None else first + n for n in range(len(events))]
    return Reading().encode(Batch([Entry(*each) for each in zip(ids, events, strict=True)], False))


def told(event: Event) -> list[dict[str, Any]]:
    """Each event as JSON, which is one of the union and has the name that it is sent under."""
    found = []
    for block in encoded(event, first=None).decode().split("\n\n")[:-1]:
        name, data = block.split("\n")
        decode(data.removeprefix("data: "))
        found.append(msgspec.json.decode(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


SOURCE = SourceRef(id=1, title="Hives", url="https://example.org/hives")
PROGRESS = {"type": "progress", "status": "processing", "progress": 40}
SHOWN: dict[str, tuple[Event, list[dict[str, Any]]]] = {
    "outline": (
        stage("outline", data=Outline(title="Bees", sections=[Heading(title="Hive", covers="secret")])),
        [{"type": "outline", "title": "Bees", "sections": ["Hive"]}, PROGRESS],
    ),
    "sources": (
        stage("research", data=Sources(sources=[SOURCE], missed=[Missed(url="secret", reason="secret", why=REFUSED)])),
        [{"type": "sources", "sources": [{"id": 1, "title": "Hives", "url": SOURCE.url}]}, PROGRESS],
    ),
    "picture": (
        stage("image", data=Image(url="/articles/secret/image", alt="A hive", media_type="image/png")),
        [{"type": "picture", "alt": "A hive"}, PROGRESS],
    ),
    "place": (
        stage("article", "pending", Place(place=7)),
        [{"type": "progress", "status": "pending", "progress": 40}],
    ),
    "running": (stage("content", "running"), []),
    "retrying": (stage("content", "retrying", Retry(attempt=2, code="secret", delay_ms=1)), []),
    "failed stage": (stage("content", "failed"), [PROGRESS]),
    "text": (
        Token(1, "draft", 2, 3, 'wax "🌱"'),
        [{"type": "token", "kind": "draft", "section": 2, "offset": 3, "text": 'wax "🌱"'}],
    ),
    "end": (
        Done(article_id="secret", run=1, status="cancelled", progress=9, words=5, usage=Usage(7, 7), elapsed_ms=7),
        [{"type": "done", "status": "cancelled", "words": 5}],
    ),
    "failure": (
        Error(run=1, sentence=REFUSED, retryable=True, stage="secret"),
        [{"type": "done", "status": "failed", "words": None}],
    ),
}


@pytest.mark.parametrize("name", SHOWN)
def test_readers_are_told_what_they_see_and_nothing_else(name: str) -> None:
    event, shown = SHOWN[name]
    assert told(event) == shown
    assert b"secret" not in encoded(event)


def test_a_reader_who_has_an_id_has_all_that_belongs_to_it() -> None:
    data = encoded(SHOWN["outline"][0], SHOWN["running"][0], SHOWN["text"][0])
    blocks = data.decode().split("\n\n")[:-1]
    assert [block.partition("\n")[0] for block in blocks] == ["event: outline", "id: 8", "id: 10"]


def test_a_batch_is_encoded_once_and_may_have_nothing_for_readers() -> None:
    batch = Batch([Entry(1, SHOWN["running"][0])], False)
    assert Reading().encode(batch) == b""
    batch.bytes["reading"] = b"kept"
    assert Reading().encode(batch) == b"kept"
