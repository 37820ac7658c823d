"""The desk of a run: what its stages make of the article is stored, then told."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from math import inf

import msgspec

from service.core.article import Failure
from service.core.errors import StoreError
from service.core.events import Output, Retry, StageData, StageEvent, StageStatus, Usage
from service.core.kept import Answers
from service.core.model_errors import ModelError
from service.core.outline import Outline
from service.core.run import DONE, Claim, StageRun
from service.core.sentences import Sentence
from service.core.texts import TextKey
from service.core.work import Work
from service.log.contract import Text
from service.newsroom import books, history
from service.newsroom.history import OUTLINE
from service.newsroom.office import Office
from service.stages import flows
from service.stages.desk import Skipped, Written

RUNNING = 0.9  # seconds, at least, between two events of one stage that say how far it is
STORE_DELAYS = (0.5, 2.0)  # between attempts to store something


class RunDesk:
    def __init__(self, claim: Claim, office: Office) -> None:
        self.article = claim.article
        self.answers = Answers()
        self.tools = office.tools_of(office.paying(self.article), answers=self.answers)
        self.log = office.log.writer(self.article.id, self.article.epoch, self.article.run)
        self.before = [record for record in claim.stage_runs if record.run < self.article.run]
        self.records = history.fill(self.log, self.article, claim.stage_runs)
        self.plan = history.plan(self.article)
        self._office = office
        self._spent: set[history.Key] = set()  # where work has failed
        self._running: dict[history.Key, tuple[Sentence | None, float]] = {}

    @property
    def progress(self) -> int:
        return history.progress(self.plan, self.records)

    @property
    def outline(self) -> Outline | None:
        """This run's. A rewrite has none."""
        output = history.output(self.records.get(OUTLINE))
        return output if isinstance(output, Outline) else None

    async def store(self, work: Callable[[], Awaitable[None]]) -> None:
        """Store something, with retries: the text was paid for."""
        for delay in STORE_DELAYS:
            try:
                return await work()
            except StoreError:
                await asyncio.sleep(delay)
        return await work()

    def unfinished(self) -> list[StageRun]:
        return [record for record in self.records.values() if record.status == "started"]

    def dearer(self) -> list[StageRun]:
        """Finished stage runs that have cost more since they were stored: a correction of them has failed."""
        return [record for key in self._spent if (record := self.records[key]).status in DONE]

    def cut_short(self, record: StageRun, failure: Failure | None, now: datetime) -> StageRun:
        """An unfinished stage run as the end of the run leaves it."""
        key = flows.text_key(record.stage, record.section)
        return replace(
            record,
            status="cancelled" if failure is None else "failed",
            output=None if key is None else _encode(Written(self.log.text(key).value)),
            ended_at=now,
            error=failure and failure.sentence,
        )

    # -- for the stages

    def saved(self, stage: str, section: int | None) -> Output | None:
        record = self.records.get((stage, section))
        if record is None and self.article.rewrite:  # a rewrite cites the sources of the original run
            record = history.latest(self.before).get((stage, section)) if section is None else None
        return history.output(record) if record is not None and record.status in DONE else None

    async def start(self, stage: str, section: int | None) -> None:
        before = self.records.get((stage, section))
        again = before if before is not None and before.run == self.article.run else None
        record = StageRun(
            run=self.article.run,
            stage=stage,
            section=section,
            status="started",
            started_at=datetime.now(UTC),
            attempt=again.attempt + 1 if again else 1,
            prompt_tokens=again.prompt_tokens if again else 0,
            completion_tokens=again.completion_tokens if again else 0,
            cost=again.cost if again else None,
        )
        await self.store(lambda: self._office.store.save(self.article.id, self.article.epoch, record))
        self.records[stage, section] = record
        if (key := flows.text_key(stage, section)) is not None:
            self.log.text(key).replace("")  # withdraws an earlier run's text
        self.log.put(history.started(record, self.plan, self.records))

    def paper(self, key: TextKey) -> Text:
        return self.log.text(key)

    def retrying(self, stage: str, section: int | None, attempt: int, error: ModelError, delay: float) -> None:
        again = Retry(attempt=attempt, code=error.code, delay_ms=round(delay * 1000))
        self._tell(stage, section, "retrying", Sentence("stage.retrying", {"why": error.sentence}), again)

    def running(self, stage: str, section: int | None, sentence: Sentence) -> None:
        now, (said, at) = time.monotonic(), self._running.get((stage, section), (None, -inf))
        if sentence == said or now - at < RUNNING:
            return
        self._running[stage, section] = sentence, now
        self._tell(stage, section, "running", sentence)

    def _tell(
        self, stage: str, section: int | None, status: StageStatus, sentence: Sentence, data: StageData | None = None
    ) -> None:
        """What is not stored of a stage that runs."""
        self.log.put(
            StageEvent(
                run=self.article.run,
                stage=stage,
                section=section,
                status=status,
                progress=self.progress,
                sentence=sentence,
                at=datetime.now(UTC),
                data=data,
            )
        )

    def spent(self, stage: str, section: int | None, usage: Usage) -> None:
        self.records[stage, section] = self.records[stage, section].costing(usage)
        self._spent.add((stage, section))
        self._office.tally.usage += usage

    async def save(self, stage: str, section: int | None, output: Output, work: Work) -> None:
        started = self.records[stage, section]
        record = replace(
            started.costing(work.usage),
            status="skipped" if isinstance(output, Skipped) else "completed",
            output=_encode(output),
            attempt=started.attempt + work.attempts - 1,
            ended_at=datetime.now(UTC),
        )
        await self.store(lambda: self._office.store.save(self.article.id, self.article.epoch, record))
        self.records[stage, section] = record
        self._office.tally.usage += work.usage
        if started.status == "started":  # a corrected output is stored again, but counts once
            books.note_stage(self._office.tally, self.article, record)
        self.log.put(history.ended(record, self.plan, self.records))

    async def keep(self, picture: bytes, media_type: str) -> str:
        ours = self.article.id, self.article.epoch
        await self.store(lambda: self._office.store.keep_picture(*ours, picture, media_type))
        return f"/articles/{self.article.id}/image"


def _encode(value: Output) -> str:
    return msgspec.json.encode(value).decode()
