"""Records runs in the tally and in the server's log."""

import logging

from service.core.article import Article
from service.core.run import Outcome, StageRun
from service.core.tally import RunTally
from service.logs import fields

log = logging.getLogger(__name__)


def note_stage(tally: RunTally, article: Article, record: StageRun) -> None:
    seconds = ((record.ended_at or record.started_at) - record.started_at).total_seconds()
    tally.stages[record.stage, record.status].add(seconds)
    about = fields(
        article=article.id,
        run=record.run,
        stage=record.stage,
        section=record.section,
        status=record.status,
        error=record.error and record.error.code,
        ms=round(1000 * seconds),
        attempt=record.attempt,
        tokens_in=record.prompt_tokens,
        tokens_out=record.completion_tokens,
    )
    log.info("stage", extra=about)


def note_end(tally: RunTally, article: Article, outcome: Outcome) -> None:
    tally.articles[outcome.status] += 1
    waited = (article.started_at or outcome.finished_at) - article.queued_at
    took = outcome.finished_at - (article.started_at or outcome.finished_at)
    about = fields(
        article=article.id,
        run=article.run,
        status=outcome.status,
        error=outcome.failure and outcome.failure.sentence.code,
        words=outcome.words,
        waited_ms=round(1000 * waited.total_seconds()),
        ms=round(1000 * took.total_seconds()),
    )
    log.info("article", extra=about)
