"""One run: the desk on store and channel, from the claim to the terminal event."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import msgspec

from service.core import words
from service.core.article import Claim, Failure, Outcome, StageRun
from service.core.errors import ModelError, PressroomError, StaleEpoch, StoreError
from service.core.events import Outline, Retry, Stage, StageName, TextStage, Usage
from service.core.tally import RunTally
from service.log.channel import Channel, ChannelText
from service.logs import fields
from service.newsroom import history
from service.stages import flows
from service.stages.desk import Output, Skipped, Tools, Written
from service.stages.nodes import assemble
from service.stages.prompts import Prompts
from service.store.articles import Articles
from service.store.pictures import Pictures

log = logging.getLogger(__name__)

Ending = Literal["completed", "failed", "cancelled", "awaiting_review"]
FINISH_DELAYS = (0.5, 2.0)  # between tries to store the end of a run


class Run:
    """Writes one article. Implements the desk that its flow works at."""

    def __init__(
        self,
        claim: Claim,
        channel: Channel,
        store: Articles,
        pictures: Pictures,
        tools: Tools,
        prompts: Prompts,
        tally: RunTally,
    ) -> None:
        self.article = claim.article
        self.tools = tools
        self._channel = channel
        self._store = store
        self._pictures = pictures
        self._tally = tally
        self._stopped: Literal["cancelled", "shutdown"] | None = None
        channel.begin(self.article.epoch, self.article.run)
        self._before = history.latest([record for record in claim.stage_runs if record.run < self.article.run])
        self._records = history.fill(channel, self.article, claim.stage_runs)
        self._plan = history.plan(self.article)
        if self.article.run > 1:
            channel.text(("style", None))  # viewers of the run before may have one: it is void
        brief, self._work = history.decode_brief(self.article.brief), history.work(self.article)
        if self._work is None:
            writing = flows.write(brief, self, prompts)
        else:
            writing = flows.rewrite(self._work, self.article.content, brief, self, prompts)
        self._writing = asyncio.create_task(writing)

    def stop(self, why: Literal["cancelled", "shutdown"]) -> bool:
        """Cancel the flow, and with it every model call; false if it has ended already."""
        if self._writing.done():
            return False
        self._stopped = self._stopped or why
        self._writing.cancel()
        return True

    async def run(self) -> None:
        status, failure = await self._written()
        if status == "awaiting_review":
            await self._pause()
        else:
            await self._finish(status, failure)

    async def _written(self) -> tuple[Ending, Failure | None]:
        try:
            text = await self._writing
        except asyncio.CancelledError:
            if self._stopped == "cancelled":
                self._keep_draft()
                return "cancelled", None
            self._writing.cancel()
            raise  # the store knows how far it came: whoever starts next goes on from there
        except StaleEpoch:
            raise
        except PressroomError as error:
            return "failed", self._failure(error.code, error.message, error.retryable)
        except Exception:
            log.exception("article %s: the run broke", self.article.id)
            return "failed", self._failure("internal_error", "something went wrong while writing", retryable=True)
        return "awaiting_review" if text is None else "completed", None

    async def _pause(self) -> None:
        """The outline is to be seen: nobody writes any more, and viewers stay."""
        await self._store.pause(self.article.id, self.article.epoch)
        outline = self.saved("outline", None)
        assert isinstance(outline, Outline)
        now, progress = datetime.now(UTC), history.progress(self._plan, self._records)
        self._channel.put(history.reviewed(self.article, now, outline, progress))
        self._channel.writing = False

    def _failure(self, code: str, message: str, retryable: bool) -> Failure:
        stage = next((record.stage for record in self._open()), None)
        return Failure(code=code, message=message, retryable=retryable, stage=stage)

    def _keep_draft(self) -> None:
        """A cancelled article's text is its draft so far, unless styling had begun."""
        outline = self.saved("outline", None)
        if self._work or self._channel.text(("style", None)).value or not isinstance(outline, Outline):
            return
        numbers = range(1, len(outline.sections) + 1)
        texts = {number: self._channel.text(("content", number)).value for number in numbers}
        if any(texts.values()):
            self._channel.text(("style", None)).replace(assemble(outline, texts))

    def _show_stored(self) -> None:
        """A section that was stored and is then not mended to the end is for viewers, too, what is stored."""
        for stage, section in self._records:
            if stage == "content" and isinstance(stored := self.saved(stage, section), Written):
                self._channel.text((stage, section)).replace(stored.text)

    async def _finish(self, status: Ending, failure: Failure | None) -> None:
        now = datetime.now(UTC)
        if status != "completed":
            self._show_stored()
        content = self._channel.text(("style", None)).value
        if self._work and status != "completed":
            self._channel.text(("style", None)).replace(content := self.article.content)
        stays = content == self.article.content
        outline = None if self._work else self.saved("outline", None)
        cut_short = [self._cut_short(record, status, failure, now) for record in self._open()]
        outcome = Outcome(
            status=status,
            terminal_id=self._channel.seal(len(cut_short) + 1),
            title=outline.title if isinstance(outline, Outline) else self.article.title,
            content=None if self._work and stays else content,
            reason="rewritten" if self._work else "written",
            words=words.count(content),
            failure=failure,
            finished_at=now,
            cut_short=cut_short,
        )
        await self._store_outcome(outcome)
        for record in cut_short:
            self._records[record.stage, record.section] = record
            self._note_stage(record)
        self._note_end(outcome)
        finished = replace(
            self.article,
            work=None if status == "completed" else self.article.work,
            status=status,
            failure=failure,
            words=outcome.words,
            finished_at=now,
            content=content,
        )
        stages = [history.ended(record, self._plan, self._records) for record in cut_short]
        self._channel.end(*stages, history.terminal(finished, self._before | self._records))

    async def _store_outcome(self, outcome: Outcome) -> None:
        for delay in FINISH_DELAYS:
            try:
                return await self._store.finish(self.article.id, self.article.epoch, outcome)
            except StoreError:
                log.exception("article %s: its end can't be stored yet", self.article.id)
                await asyncio.sleep(delay)
        return await self._store.finish(self.article.id, self.article.epoch, outcome)

    def _open(self) -> list[StageRun]:
        return [record for record in self._records.values() if record.status == "started"]

    def _cut_short(
        self,
        record: StageRun,
        status: Ending,
        failure: Failure | None,
        now: datetime,
    ) -> StageRun:
        text = None
        if record.stage in ("content", "style"):
            text = _encode(Written(self._channel.text((record.stage, record.section)).value))
        return replace(
            record,
            status="failed" if status == "failed" else "cancelled",
            output=text,
            ended_at=now,
            error_code=failure and failure.code,
            error_message=failure and failure.message,
        )

    # -- the books

    def _note_stage(self, record: StageRun) -> None:
        seconds = ((record.ended_at or record.started_at) - record.started_at).total_seconds()
        self._tally.stages[record.stage, record.status].add(seconds)
        words = {"stage": record.stage, "section": record.section, "status": record.status, "error": record.error_code}
        tokens = {"attempt": record.attempt, "tokens_in": record.prompt_tokens, "tokens_out": record.completion_tokens}
        about = fields(article=self.article.id, run=record.run, **words, ms=round(1000 * seconds), **tokens)
        log.info("stage", extra=about)

    def _note_end(self, outcome: Outcome) -> None:
        self._tally.articles[outcome.status] += 1
        waited = (self.article.started_at or outcome.finished_at) - self.article.queued_at
        took = outcome.finished_at - (self.article.started_at or outcome.finished_at)
        about = fields(
            article=self.article.id,
            run=self.article.run,
            status=outcome.status,
            error=outcome.failure and outcome.failure.code,
            words=outcome.words,
            waited_ms=round(1000 * waited.total_seconds()),
            ms=round(1000 * took.total_seconds()),
        )
        log.info("article", extra=about)

    # -- the desk

    def saved(self, stage: StageName, section: int | None) -> Output | None:
        record = self._records.get((stage, section))
        if record is None and stage == "research":  # whatever this run is for, it cites what was found first
            record = self._before.get((stage, section))
        return history.output(record) if record is not None and record.status in history.DONE else None

    async def start(self, stage: StageName, section: int | None) -> None:
        before = self._records.get((stage, section))
        again = before.attempt if before is not None and before.run == self.article.run else 0
        record = StageRun(
            run=self.article.run,
            stage=stage,
            section=section,
            status="started",
            started_at=datetime.now(UTC),
            attempt=again + 1,
        )
        await self._store.save(self.article.id, self.article.epoch, record)
        self._records[stage, section] = record
        if stage in ("content", "style"):
            self._channel.text((stage, section)).replace("")  # what an earlier run left there is void
        self._channel.put(history.started(record, self._plan, self._records))

    def paper(self, stage: TextStage, section: int | None) -> ChannelText:
        return self._channel.text((stage, section))

    def retrying(self, stage: StageName, section: int | None, attempt: int, error: ModelError, delay: float) -> None:
        self._channel.put(
            Stage(
                run=self.article.run,
                stage=stage,
                section=section,
                status="retrying",
                progress=history.progress(self._plan, self._records),
                message=f"{error.message}; trying again",
                at=datetime.now(UTC),
                data=Retry(attempt=attempt, code=error.code, delay_ms=round(delay * 1000)),
            )
        )

    async def save(self, stage: StageName, section: int | None, output: Output, usage: Usage, attempts: int) -> None:
        started = self._records[stage, section]
        record = replace(
            started,
            status="skipped" if isinstance(output, Skipped) else "completed",
            output=_encode(output),
            attempt=started.attempt + attempts - 1,
            prompt_tokens=started.prompt_tokens + usage.prompt_tokens,
            completion_tokens=started.completion_tokens + usage.completion_tokens,
            ended_at=datetime.now(UTC),
        )
        await self._store.save(self.article.id, self.article.epoch, record)
        self._records[stage, section] = record
        self._tally.usage += usage
        if started.status == "started":  # what is mended later is stored anew, but took its time only once
            self._note_stage(record)
        self._channel.put(history.ended(record, self._plan, self._records))

    async def keep(self, picture: bytes, media_type: str) -> str:
        await self._pictures.save(self.article.id, picture, media_type)
        return f"/articles/{self.article.id}/image"


def _encode(value: Output) -> str:
    return msgspec.json.encode(value).decode()
