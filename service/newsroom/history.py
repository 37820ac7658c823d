"""Makes events from what is stored of an article, for late viewers and for runs after a restart."""

from datetime import datetime

import msgspec

from service.core import languages
from service.core.article import Article
from service.core.brief import Brief, Rewrite
from service.core.events import (
    ArticleStatus,
    Done,
    Error,
    Output,
    Place,
    Plan,
    StageData,
    StageEvent,
    StageStatus,
    Terminal,
    Usage,
)
from service.core.outline import Outline
from service.core.pace import steady
from service.core.run import DONE, StageRun, Stored, event_id
from service.core.sentences import Sentence
from service.core.tally import StreamTally
from service.core.texts import ARTICLE
from service.log.channel import Channel
from service.log.contract import Writer
from service.stages import flows
from service.stages.desk import Skipped, Written
from service.stages.outline import OutlineStage
from service.stages.research import ResearchStage
from service.stages.revise import Subject
from service.stages.sources import Research
from service.stages.stage import sentence

Key = tuple[str, int | None]
Records = dict[Key, StageRun]
OUTLINE: Key = (OutlineStage.name, None)

decode_brief = msgspec.json.Decoder(Brief).decode
_decode_rewrite = msgspec.json.Decoder(Rewrite).decode


def latest(stage_runs: list[StageRun]) -> Records:
    """The current record of each stage and section: a later run's replaces an earlier one's."""
    return {(record.stage, record.section): record for record in stage_runs}


def output(record: StageRun | None) -> Output | None:
    """What came of a stage run. Of a stage that only another version has, nothing is known."""
    return None if record is None or record.stage not in flows.stages() else flows.output(record.output)


def rewrite(article: Article) -> Rewrite | None:
    return None if article.rewrite is None else _decode_rewrite(article.rewrite)


def lang(article: Article) -> str | None:
    """The language's BCP 47 tag; None if neither the brief nor the text tells."""
    return languages.tag(decode_brief(article.brief).language, article.content, article.topic)


def subject(stored: Stored) -> Subject:
    """What somebody who revises a passage of the article has to know of it."""
    article = stored.article
    research = output(latest(stored.stage_runs).get((ResearchStage.name, None)))
    return Subject(
        brief=decode_brief(article.brief),
        content=article.content,
        lang=lang(article),
        research=research if isinstance(research, Research) else None,
    )


def flow(article: Article) -> flows.Flow:
    return flows.REWRITE if article.rewrite is not None else flows.FLOWS[decode_brief(article.brief).flow]


def plan(article: Article) -> Plan:
    brief = decode_brief(article.brief)
    known = article.rewrite is not None or brief.flow in flows.FLOWS
    return flows.plan(flow(article), brief) if known else Plan(stages=[])  # another version has it


def shown(article: Article, stage_runs: list[StageRun]) -> list[StageRun]:
    """The stage runs that the stream shows. A rewrite shows only its own."""
    return [record for record in stage_runs if article.rewrite is None or record.run == article.run]


def progress(plan: Plan, records: Records) -> int:
    completed = [key for key, record in records.items() if record.status in DONE]
    return flows.progress(plan, completed, output(records.get(OUTLINE)))


def progress_of(stored: Stored) -> int:
    return progress(plan(stored.article), latest(shown(stored.article, stored.stage_runs)))


def started(record: StageRun, plan: Plan, records: Records) -> StageEvent:
    return StageEvent(
        run=record.run,
        stage=record.stage,
        section=record.section,
        status="started",
        progress=progress(plan, records),
        sentence=_sentence(record, "started"),
        at=record.started_at,
    )


def ended(record: StageRun, plan: Plan, records: Records) -> StageEvent:
    at = record.ended_at or record.started_at
    value = output(record)
    return StageEvent(
        run=record.run,
        stage=record.stage,
        section=record.section,
        status=record.status,
        progress=progress(plan, records),
        sentence=_sentence(record, record.status, value),
        at=at,
        elapsed_ms=elapsed_ms(record),
        data=None if value is None else flows.stages()[record.stage].public(value),
    )


def elapsed_ms(record: StageRun) -> int:
    return round(((record.ended_at or record.started_at) - record.started_at).total_seconds() * 1000)


def _sentence(record: StageRun, status: StageStatus, value: Output | None = None) -> Sentence:
    if record.stage not in flows.stages():
        return Sentence("stage.unknown")
    if status == "started":
        return sentence(record.stage, status, record.section)
    if isinstance(value, Skipped):
        return Sentence("stage.skipped", {"why": value.why})
    if status == "completed" and value is not None:
        return flows.stages()[record.stage].completed(value, record.section)
    return record.error or Sentence(f"stage.{status}")


def waiting(run: int, place: int, at: datetime) -> StageEvent:
    return _article(run, "pending", at, Place(place=place), place=place)


def begun(article: Article, at: datetime) -> StageEvent:
    return _article(article.run, "processing", at, plan(article))


def reviewed(article: Article, at: datetime, outline: Outline, progress: int) -> StageEvent:
    event = _article(article.run, "awaiting_review", at, outline)
    return msgspec.structs.replace(event, progress=progress)


def _article(run: int, status: ArticleStatus, at: datetime, data: StageData, **params: int) -> StageEvent:
    """The event that the article changed its status."""
    return StageEvent(
        run=run,
        stage="article",
        section=None,
        status=status,
        progress=0,
        sentence=Sentence(f"article.{status}", {**params}),
        at=at,
        data=data,
    )


def fill(writer: Writer, article: Article, stage_runs: list[StageRun]) -> Records:
    """Add what is stored to a log. The text of an unfinished stage is withdrawn: it exists and is empty."""
    records: Records = {}
    shares = plan(article)
    if article.started_at is not None:
        writer.put(begun(article, article.started_at))
    if article.rewrite is not None:
        writer.text(ARTICLE).replace(article.content)
    for record in shown(article, stage_runs):
        records[record.stage, record.section] = record
        writer.put(started(record, shares, records))
        if (key := flows.text_key(record.stage, record.section)) is not None:
            value = output(record)
            writer.text(key).replace(value.text if isinstance(value, Written) else "")
        if record.status != "started":
            writer.put(ended(record, shares, records))
    outline = output(records.get(OUTLINE))
    if article.status == "awaiting_review" and isinstance(outline, Outline):
        seen_at = records[OUTLINE].ended_at or article.queued_at
        writer.put(reviewed(article, seen_at, outline, progress(shares, records)))
    return records


def usage(stage_runs: list[StageRun]) -> Usage:
    """The tokens of all stage runs, including those that a later run replaced."""
    return sum((record.usage for record in stage_runs), Usage())


def terminal(article: Article, stage_runs: list[StageRun]) -> Terminal:
    """The terminal event of a finished article's last run."""
    if article.failure is not None:
        failure = article.failure
        return Error(run=article.run, sentence=failure.sentence, retryable=failure.retryable, stage=failure.stage)
    begun, finished = article.started_at or article.queued_at, article.finished_at or article.queued_at
    return Done(
        article_id=article.id,
        run=article.run,
        status="completed" if article.status == "completed" else "cancelled",
        progress=progress(plan(article), latest(shown(article, stage_runs))),
        words=article.words,
        usage=usage(stage_runs),
        elapsed_ms=round((finished - begun).total_seconds() * 1000),
    )


def replay(stored: Stored, tally: StreamTally) -> Channel:
    """A finished article's events in a separate channel, with ids up to the stored terminal id."""
    article = stored.article
    channel = Channel(epoch=article.epoch, run=article.run, pace=steady(0), keep=2, tally=tally)
    end_with(channel, stored)
    return channel


def end_with(writer: Writer, stored: Stored) -> None:
    """Add all events of a finished article, including the last."""
    article = stored.article
    fill(writer, article, stored.stage_runs)
    if article.content:
        writer.text(ARTICLE).replace(article.content)
    writer.end(terminal(article, stored.stage_runs), last=article.terminal_id or event_id(article.epoch, 1))
