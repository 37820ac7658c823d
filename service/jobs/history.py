"""What is stored of an article, told as events: for who comes late, and for a run that goes on after a restart."""

from datetime import datetime

import msgspec

from service.events import Done, Error, Place, Stage, StageData, StageName, Terminal, Usage, Words, event_id
from service.store.records import Article, Claim, StageRun
from service.streams.channel import Channel
from service.writing import flows, words
from service.writing.desk import Output, Written

Key = tuple[StageName, int | None]
Records = dict[Key, StageRun]

_decode = msgspec.json.Decoder(Output).decode

MESSAGES: dict[StageName, tuple[str, str]] = {
    "research": ("Looking for sources", "Sources found"),
    "outline": ("Planning the outline", "Outline ready"),
    "content": ("Writing section {section}", "Section {section} written"),
    "style": ("Styling the article", "Article styled"),
    "seo": ("Preparing it for search engines", "Search fields ready"),
    "image": ("Making a picture", "Picture ready"),
}


def latest(stage_runs: list[StageRun]) -> Records:
    """For each stage and section the record that counts: a later run's replaces an earlier one's."""
    return {(record.stage, record.section): record for record in stage_runs}


def output(record: StageRun | None) -> Output | None:
    return None if record is None or record.output is None else _decode(record.output)


def progress(records: Records) -> int:
    completed = [key for key, record in records.items() if record.status == "completed"]
    return flows.progress(completed, output(records.get(("outline", None))))


def started(record: StageRun, records: Records) -> Stage:
    return Stage(
        run=record.run,
        stage=record.stage,
        section=record.section,
        status="started",
        progress=progress(records),
        message=MESSAGES[record.stage][0].format(section=record.section),
        at=record.started_at,
    )


def ended(record: StageRun, records: Records) -> Stage:
    at = record.ended_at or record.started_at
    done = MESSAGES[record.stage][1].format(section=record.section)
    return Stage(
        run=record.run,
        stage=record.stage,
        section=record.section,
        status=record.status,
        progress=progress(records),
        message=record.error_message or (done if record.status == "completed" else f"Stage {record.status}"),
        at=at,
        elapsed_ms=round((at - record.started_at).total_seconds() * 1000),
        data=_data(output(record)),
    )


def _data(value: Output | None) -> StageData | None:
    return Words(words=words.count(value.text)) if isinstance(value, Written) else value


def waiting(run: int, place: int, at: datetime) -> Stage:
    return Stage(
        run=run,
        stage="article",
        section=None,
        status="pending",
        progress=0,
        message=f"Waiting at place {place}",
        at=at,
        data=Place(place=place),
    )


def begun(article: Article, at: datetime) -> Stage:
    return Stage(
        run=article.run,
        stage="article",
        section=None,
        status="processing",
        progress=0,
        message="Writing has begun",
        at=at,
    )


def fill(channel: Channel, article: Article, stage_runs: list[StageRun]) -> Records:
    """Put what is stored into a channel. A text whose stage did not end is known, and empty: withdrawn."""
    records: Records = {}
    if article.started_at is not None:
        channel.put(begun(article, article.started_at))
    for record in stage_runs:
        key = (record.stage, record.section)
        records[key] = record
        channel.put(started(record, records))
        if record.stage in ("content", "style"):
            value = output(record)
            channel.text((record.stage, record.section)).replace(value.text if isinstance(value, Written) else "")
        if record.status != "started":
            channel.put(ended(record, records))
    return records


def usage(records: Records) -> Usage:
    return sum((Usage(r.prompt_tokens, r.completion_tokens) for r in records.values()), Usage())


def terminal(article: Article, records: Records) -> Terminal:
    """The event that tells the end of a finished article's last run."""
    if article.failure is not None:
        failure = article.failure
        return Error(
            run=article.run,
            code=failure.code,
            message=failure.message,
            retryable=failure.retryable,
            stage=failure.stage,
        )
    begun, finished = article.started_at or article.queued_at, article.finished_at or article.queued_at
    return Done(
        run=article.run,
        status="completed" if article.status == "completed" else "cancelled",
        progress=progress(records),
        words=article.words,
        usage=usage(records),
        elapsed_ms=round((finished - begun).total_seconds() * 1000),
        result_url=f"/articles/{article.id}/result",
    )


def replay(stored: Claim) -> Channel:
    """A finished article's events as a channel of its own, with ids that count up to the stored terminal id."""
    article = stored.article
    channel = Channel(epoch=article.epoch, run=article.run, frame_seconds=0, keep=2)
    records = fill(channel, article, stored.stage_runs)
    if article.content:
        channel.text(("style", None)).replace(article.content)
    channel.seal(1)
    channel.end(terminal(article, records))
    channel.renumber(article.terminal_id or event_id(article.epoch, 1))
    return channel
