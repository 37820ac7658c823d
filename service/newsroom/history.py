"""What is stored of an article, told as events: for who comes late, and for a run that goes on after a restart."""

from datetime import datetime

import msgspec

from service.core import words
from service.core.article import Article, Claim, StageRun
from service.core.brief import Brief, Rewrite
from service.core.events import (
    Done,
    Error,
    Outline,
    Place,
    Plan,
    SourceRef,
    Sources,
    Stage,
    StageData,
    StageName,
    Terminal,
    Usage,
    Words,
    event_id,
)
from service.core.tally import StreamTally
from service.log.channel import Channel
from service.stages import flows
from service.stages.desk import Output, Research, Skipped, Written

Key = tuple[StageName, int | None]
Records = dict[Key, StageRun]
DONE = ("completed", "skipped")

_decode = msgspec.json.Decoder(Output).decode
decode_brief = msgspec.json.Decoder(Brief).decode
_decode_work = msgspec.json.Decoder(Rewrite).decode

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


def work(article: Article) -> Rewrite | None:
    return None if article.work is None else _decode_work(article.work)


def plan(article: Article) -> Plan:
    return flows.plan(decode_brief(article.brief), work(article))


def told(article: Article, stage_runs: list[StageRun]) -> list[StageRun]:
    """What the stream tells of: a run that works on an article that is there has a story of its own."""
    return [record for record in stage_runs if article.work is None or record.run == article.run]


def progress(plan: Plan, records: Records) -> int:
    completed = [key for key, record in records.items() if record.status in DONE]
    return flows.progress(plan, completed, output(records.get(("outline", None))))


def progress_of(stored: Claim) -> int:
    return progress(plan(stored.article), latest(told(stored.article, stored.stage_runs)))


def started(record: StageRun, plan: Plan, records: Records) -> Stage:
    return Stage(
        run=record.run,
        stage=record.stage,
        section=record.section,
        status="started",
        progress=progress(plan, records),
        message=MESSAGES[record.stage][0].format(section=record.section),
        at=record.started_at,
    )


def ended(record: StageRun, plan: Plan, records: Records) -> Stage:
    at = record.ended_at or record.started_at
    value = output(record)
    return Stage(
        run=record.run,
        stage=record.stage,
        section=record.section,
        status=record.status,
        progress=progress(plan, records),
        message=_message(record, value),
        at=at,
        elapsed_ms=round((at - record.started_at).total_seconds() * 1000),
        data=_data(value),
    )


def _message(record: StageRun, value: Output | None) -> str:
    if isinstance(value, Skipped):
        return f"Left out: {value.reason}"
    if isinstance(value, Research) and value.search_failure:
        return f"Only your own sources: {value.search_failure}"
    if record.status == "completed":
        return MESSAGES[record.stage][1].format(section=record.section)
    return record.error_message or f"Stage {record.status}"


def _data(value: Output | None) -> StageData | None:
    match value:
        case Written():
            return Words(words=words.count(value.text))
        case Research():
            listed = [SourceRef(id=source.id, title=source.title, url=source.url) for source in value.sources]
            return Sources(sources=listed, missed=value.missed)
        case Skipped():
            return None
    return value


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
        data=plan(article),
    )


def reviewed(article: Article, at: datetime, outline: Outline, progress: int) -> Stage:
    return Stage(
        run=article.run,
        stage="article",
        section=None,
        status="awaiting_review",
        progress=progress,
        message="The outline is ready to be looked at",
        at=at,
        data=outline,
    )


def fill(channel: Channel, article: Article, stage_runs: list[StageRun]) -> Records:
    """Put what is stored into a channel. A text whose stage did not end is known, and empty: withdrawn."""
    records: Records = {}
    shares = plan(article)
    if article.started_at is not None:
        channel.put(begun(article, article.started_at))
    if article.work is not None:
        channel.text(("style", None)).replace(article.content)
    for record in told(article, stage_runs):
        key = (record.stage, record.section)
        records[key] = record
        channel.put(started(record, shares, records))
        if record.stage in ("content", "style"):
            value = output(record)
            channel.text((record.stage, record.section)).replace(value.text if isinstance(value, Written) else "")
        if record.status != "started":
            channel.put(ended(record, shares, records))
    outline = output(records.get(("outline", None)))
    if article.status == "awaiting_review" and isinstance(outline, Outline):
        seen_at = records["outline", None].ended_at or article.queued_at
        channel.put(reviewed(article, seen_at, outline, progress(shares, records)))
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
        progress=progress(plan(article), records),
        words=article.words,
        usage=usage(records),
        elapsed_ms=round((finished - begun).total_seconds() * 1000),
        result_url=f"/articles/{article.id}/result",
    )


def replay(stored: Claim, tally: StreamTally) -> Channel:
    """A finished article's events as a channel of its own, with ids that count up to the stored terminal id."""
    article = stored.article
    channel = Channel(epoch=article.epoch, run=article.run, frame_seconds=0, keep=2, tally=tally)
    records = fill(channel, article, stored.stage_runs)
    if article.content:
        channel.text(("style", None)).replace(article.content)
    channel.seal(1)
    channel.end(terminal(article, records))
    channel.renumber(article.terminal_id or event_id(article.epoch, 1))
    return channel
