"""The writer: takes a claim to its end. A run is the desk of its flow, backed by the store and the log."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from typing import Literal

import msgspec

from service.core import words
from service.core.article import Article, Failure
from service.core.caller import Caller
from service.core.errors import BudgetSpent, PressroomError, StaleEpoch, StoreAway, StoreError
from service.core.events import Output, Retry, StageData, StageEvent, StageStatus, Usage
from service.core.kept import Answers
from service.core.model_errors import ModelError
from service.core.outline import Outline, assemble
from service.core.purse import Payer, Purses
from service.core.run import CANCELLED, DONE, Claim, Outcome, StageRun, event_id
from service.core.sections import Section, marks, recognised, sections
from service.core.sentences import Sentence
from service.core.tally import RunTally
from service.core.texts import ARTICLE, TextKey, draft
from service.log.contract import Log, Text
from service.newsroom import books, history
from service.newsroom.history import OUTLINE
from service.stages import flows
from service.stages.desk import Skipped, Tools, Written
from service.stages.prompts import Prompts
from service.stages.research import ResearchStage
from service.stages.sources import Research
from service.stages.stage import Shared
from service.store.articles import Articles

log = logging.getLogger(__name__)

Ending = Literal["completed", "failed", "cancelled", "awaiting_review"]
RUNNING = 0.9  # seconds, at least, between two events of one stage that say how far it is
STORE_DELAYS = (0.5, 2.0)  # between attempts to store something


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What runs need."""

    store: Articles
    log: Log
    tools: Tools
    prompts: Prompts
    tally: RunTally
    longest: float  # most seconds per run
    purses: Purses | None = None  # None: nobody pays

    def payer(self, caller: Caller, article_id: str | None = None) -> Payer | None:
        return None if self.purses is None else self.purses.payer(caller.workspace, caller.who, article_id)

    def paying(self, article: Article) -> Payer | None:
        """Who asked for the article's run."""
        return None if self.purses is None else self.purses.payer(article.workspace, article.key, article.id)

    async def demanded(self, caller: Caller, article_id: str) -> Payer | None:
        """Who pays for calls of the model, if anybody does. BudgetSpent if nothing is left."""
        payer = self.payer(caller, article_id)
        if payer is not None and self.purses is not None:
            await self.purses.demand(payer)
        return payer

    def tools_of(self, payer: Payer | None, stage: str | None = None, answers: Answers | None = None) -> Tools:
        """The tools, paid by somebody: for one stage, or for that which is at work."""
        if self.purses is None or payer is None:
            return self.tools
        return self.tools.paid_from(self.purses.purse(payer, stage), answers)


async def write(claim: Claim, office: Office) -> None:
    """Write the article and store its end. If cancelled with CANCELLED, the article ends as cancelled; if cancelled
    otherwise, it continues after the next start. Either way, an end that is being stored is stored completely."""
    try:
        run = Run(claim, office)
    except Exception:  # stored by a later version, or damaged
        log.exception("article %s can't be read", claim.article.id)
        await office.store.finish(claim.article.id, claim.article.epoch, _unreadable(claim.article))
        return office.log.drop(claim.article.id)
    try:
        writing = asyncio.create_task(run.written())
        why = await _ended(writing, stop=True)
        if writing.cancelled() and why != CANCELLED:
            raise asyncio.CancelledError
        ending = asyncio.create_task(run.end("cancelled" if writing.cancelled() else writing.result()))
        await _ended(ending, stop=False)
        ending.result()
    finally:
        office.log.leave(claim.article.id)


def _unreadable(article: Article) -> Outcome:
    return Outcome(
        status="failed",
        terminal_id=event_id(article.epoch, 1),
        title=article.title,
        content=None,
        sections=article.sections,
        reason="written",
        words=article.words,
        failure=Failure(sentence=Sentence("internal_error", {"reason": "unreadable"}), retryable=True, stage=None),
        finished_at=datetime.now(UTC),
        cut_short=[],
    )


async def _ended(task: asyncio.Task[object], *, stop: bool) -> str | None:
    """Wait for a task's end despite cancellations, which cancel the task if `stop`; return the first one's message."""
    why: str | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as cancelled:
            why = why or (cancelled.args[0] if cancelled.args else "")
            if stop:
                task.cancel()
    return why


class Run:
    """One run of an article. Implements the desk of its flow."""

    def __init__(self, claim: Claim, office: Office) -> None:
        self.article = claim.article
        self._answers = Answers()
        self.tools = office.tools_of(office.paying(self.article), answers=self._answers)
        self._office = office
        self._log = office.log.writer(self.article.id, self.article.epoch, self.article.run)
        self._before = [record for record in claim.stage_runs if record.run < self.article.run]
        self._records = history.fill(self._log, self.article, claim.stage_runs)
        self._plan = history.plan(self.article)
        self._spent: dict[history.Key, Usage] = {}
        self._running: dict[history.Key, tuple[Sentence | None, float]] = {}
        if self.article.run > 1:
            self._log.text(ARTICLE)  # withdraws the text that viewers of an earlier run may have

    async def written(self) -> Ending | Failure:
        """Run the flow as far as possible."""
        try:
            if self._office.purses is not None:
                self._answers.before = await self._office.store.kept_answers(self.article.id)
            async with asyncio.timeout(self._office.longest):
                finished = await flows.run(history.flow(self.article), self._shared())
        except (StaleEpoch, StoreAway):  # it goes on elsewhere, or here when the database is back
            raise
        except TimeoutError:
            return self._failure(Sentence("model_timeout", {"reason": "run"}), retryable=True)
        except PressroomError as error:
            return self._failure(error.sentence, error.retryable)
        except Exception:
            log.exception("article %s: the run broke", self.article.id)
            return self._failure(Sentence("internal_error", {"reason": "writing"}), retryable=True)
        return "completed" if finished else "awaiting_review"

    def _shared(self) -> Shared:
        brief = history.decode_brief(self.article.brief)
        shared: Shared = {"brief": brief, "desk": self, "prompts": self._office.prompts}
        if (rewrite := history.rewrite(self.article)) is not None:
            research = self.saved(ResearchStage.name, None)
            shared["research"] = research if isinstance(research, Research) else None
            shared["rewrite"] = rewrite
            shared["content"], shared["marks"] = self.article.content, self.article.sections
        return shared

    def _failure(self, sentence: Sentence, retryable: bool) -> Failure:
        return Failure(sentence=sentence, retryable=retryable, stage=next((r.stage for r in self._open()), None))

    # -- the end

    async def end(self, result: Ending | Failure) -> None:
        if result == "awaiting_review":
            return await self._pause()
        if result == "cancelled":
            self._keep_draft()
        failure = result if isinstance(result, Failure) else None
        return await self._finish("failed" if isinstance(result, Failure) else result, failure)

    async def _pause(self) -> None:
        """Wait for the outline's review: nobody writes, and viewers stay."""
        await self._store(lambda: self._office.store.pause(self.article.id, self.article.epoch))
        outline = history.output(self._records.get(OUTLINE))
        assert isinstance(outline, Outline)
        now, progress = datetime.now(UTC), history.progress(self._plan, self._records)
        self._log.put(history.reviewed(self.article, now, outline, progress))
        self._log.rest()

    def _keep_draft(self) -> None:
        """Use the draft so far as a cancelled article's text, unless the article text has begun."""
        outline = history.output(self._records.get(OUTLINE))
        if self.article.rewrite or self._log.text(ARTICLE).value or not isinstance(outline, Outline):
            return
        texts = {number: self._log.text(draft(number)).value for number in range(1, len(outline.sections) + 1)}
        if any(texts.values()):
            self._log.text(ARTICLE).replace(assemble(outline, texts))

    def _show_stored(self) -> None:
        """Show the stored drafts, where a correction was interrupted."""
        for stage, section in self._records:
            key = flows.text_key(stage, section)
            if key not in (None, ARTICLE) and isinstance(stored := self.saved(stage, section), Written):
                self._log.text(key).replace(stored.text)

    async def _finish(self, status: Ending, failure: Failure | None) -> None:
        now, article = datetime.now(UTC), self.article
        if status != "completed":
            self._show_stored()
            if article.rewrite:
                self._log.text(ARTICLE).replace(article.content)
        content = self._log.text(ARTICLE).value
        outline = None if article.rewrite else history.output(self._records.get(OUTLINE))
        cut_short = [self._cut_short(record, status, failure, now) for record in self._open()]
        outcome = Outcome(
            status=status,
            terminal_id=self._log.seal(len(cut_short) + 1),
            title=outline.title if isinstance(outline, Outline) else article.title,
            content=None if article.rewrite and content == article.content else content,
            sections=marks(recognised(content, self._known_sections(outline))),
            reason="rewritten" if article.rewrite else "written",
            words=words.count(content),
            failure=failure,
            finished_at=now,
            cut_short=cut_short,
        )
        if self._office.purses is not None:
            kept = self._answers.now if failure and failure.sentence.code == BudgetSpent.code else {}
            await self._store(lambda: self._office.store.keep_answers(article.id, kept))
        await self._store(lambda: self._office.store.finish(article.id, article.epoch, outcome))
        for record in cut_short:
            self._records[record.stage, record.section] = record
            books.note_stage(self._office.tally, article, record)
        books.note_end(self._office.tally, article, outcome)
        finished = replace(
            article,
            rewrite=None if status == "completed" else article.rewrite,
            status=status,
            failure=failure,
            words=outcome.words,
            finished_at=now,
            content=content,
        )
        stages = [history.ended(record, self._plan, self._records) for record in cut_short]
        ours = [record for record in self._records.values() if record.run == article.run]
        self._log.end(*stages, history.terminal(finished, [*self._before, *ours]))

    def _known_sections(self, outline: Output | None) -> list[Section]:
        """The sections with their ids from the outline, or from the previous text."""
        if isinstance(outline, Outline):
            return [Section(n, heading.title, "", 0) for n, heading in enumerate(outline.sections, start=1)]
        return sections(self.article.content, self.article.sections)

    async def _store(self, work: Callable[[], Awaitable[None]]) -> None:
        """Store something, with retries: the text was paid for."""
        for delay in STORE_DELAYS:
            try:
                return await work()
            except StoreError:
                log.exception("article %s can't be stored yet; trying again", self.article.id)
                await asyncio.sleep(delay)
        return await work()

    def _open(self) -> list[StageRun]:
        return [record for record in self._records.values() if record.status == "started"]

    def _cut_short(self, record: StageRun, status: Ending, failure: Failure | None, now: datetime) -> StageRun:
        key = flows.text_key(record.stage, record.section)
        spent = self._spent.get((record.stage, record.section), Usage())
        return replace(
            record.costing(spent),
            status="failed" if status == "failed" else "cancelled",
            output=None if key is None else _encode(Written(self._log.text(key).value)),
            ended_at=now,
            error=failure and failure.sentence,
        )

    # -- the desk

    def saved(self, stage: str, section: int | None) -> Output | None:
        record = self._records.get((stage, section))
        if record is None and self.article.rewrite:  # a rewrite cites the sources of the original run
            record = history.latest(self._before).get((stage, section)) if section is None else None
        return history.output(record) if record is not None and record.status in DONE else None

    async def start(self, stage: str, section: int | None) -> None:
        before = self._records.get((stage, section))
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
        await self._store(lambda: self._office.store.save(self.article.id, self.article.epoch, record))
        self._records[stage, section] = record
        if (key := flows.text_key(stage, section)) is not None:
            self._log.text(key).replace("")  # withdraws an earlier run's text
        self._log.put(history.started(record, self._plan, self._records))

    def paper(self, key: TextKey) -> Text:
        return self._log.text(key)

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
        self._log.put(
            StageEvent(
                run=self.article.run,
                stage=stage,
                section=section,
                status=status,
                progress=history.progress(self._plan, self._records),
                sentence=sentence,
                at=datetime.now(UTC),
                data=data,
            )
        )

    def spent(self, stage: str, section: int | None, usage: Usage) -> None:
        self._spent[stage, section] = usage
        self._office.tally.usage += usage

    async def save(self, stage: str, section: int | None, output: Output, usage: Usage, attempts: int) -> None:
        started = self._records[stage, section]
        record = replace(
            started.costing(usage),
            status="skipped" if isinstance(output, Skipped) else "completed",
            output=_encode(output),
            attempt=started.attempt + attempts - 1,
            ended_at=datetime.now(UTC),
        )
        await self._store(lambda: self._office.store.save(self.article.id, self.article.epoch, record))
        self._records[stage, section] = record
        self._office.tally.usage += usage
        if started.status == "started":  # a corrected output is stored again, but counts once
            books.note_stage(self._office.tally, self.article, record)
        self._log.put(history.ended(record, self._plan, self._records))

    async def keep(self, picture: bytes, media_type: str) -> str:
        ours = self.article.id, self.article.epoch
        await self._store(lambda: self._office.store.keep_picture(*ours, picture, media_type))
        return f"/articles/{self.article.id}/image"


def _encode(value: Output) -> str:
    return msgspec.json.encode(value).decode()
