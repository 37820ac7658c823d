"""The writer: takes a claim to its end, and stores what that is."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from service.core import words
from service.core.article import Article, Failure
from service.core.errors import BudgetSpent, PressroomError, StaleEpoch, StoreAway
from service.core.outline import Outline, assemble
from service.core.run import CANCELLED, Claim, Outcome, event_id
from service.core.sections import Section, marks, recognised, sections
from service.core.sentences import Sentence
from service.core.texts import ARTICLE, draft
from service.newsroom import books, history
from service.newsroom.desk import RunDesk
from service.newsroom.office import Office
from service.stages import flows
from service.stages.desk import Written
from service.stages.research import ResearchStage
from service.stages.sources import Research
from service.stages.stage import Shared

log = logging.getLogger(__name__)

Ending = Literal["completed", "failed", "cancelled", "awaiting_review"]


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
    """One run of an article: its flow, as far as that comes, and how it ends."""

    def __init__(self, claim: Claim, office: Office) -> None:
        self._article = claim.article
        self._office = office
        self._desk = RunDesk(claim, office)
        if self._article.run > 1:
            self._desk.paper(ARTICLE)  # withdraws the text that viewers of an earlier run may have

    async def written(self) -> Ending | Failure:
        """Run the flow as far as possible."""
        try:
            if self._office.purses is not None:
                self._desk.answers.before = await self._office.store.kept_answers(self._article.id)
            async with asyncio.timeout(self._office.longest):
                finished = await flows.run(history.flow(self._article), self._shared())
        except (StaleEpoch, StoreAway):  # it goes on elsewhere, or here when the database is back
            raise
        except TimeoutError:
            return self._failure(Sentence("model_timeout", {"reason": "run"}), retryable=True)
        except PressroomError as error:
            return self._failure(error.sentence, error.retryable)
        except Exception:
            log.exception("article %s: the run broke", self._article.id)
            return self._failure(Sentence("internal_error", {"reason": "writing"}), retryable=True)
        return "completed" if finished else "awaiting_review"

    def _shared(self) -> Shared:
        brief = history.decode_brief(self._article.brief)
        shared: Shared = {"brief": brief, "desk": self._desk, "prompts": self._office.prompts}
        if (rewrite := history.rewrite(self._article)) is not None:
            research = self._desk.saved(ResearchStage.name, None)
            shared["research"] = research if isinstance(research, Research) else None
            shared["rewrite"] = rewrite
            shared["content"], shared["marks"] = self._article.content, self._article.sections
        return shared

    def _failure(self, sentence: Sentence, retryable: bool) -> Failure:
        at = next((record.stage for record in self._desk.unfinished()), None)
        return Failure(sentence=sentence, retryable=retryable, stage=at)

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
        await self._desk.store(lambda: self._office.store.pause(self._article.id, self._article.epoch))
        assert self._desk.outline is not None
        reviewed = history.reviewed(self._article, datetime.now(UTC), self._desk.outline, self._desk.progress)
        self._desk.log.put(reviewed)
        self._desk.log.rest()

    def _keep_draft(self) -> None:
        """Use the draft so far as a cancelled article's text, unless the article text has begun."""
        outline = self._desk.outline
        if outline is None or self._desk.paper(ARTICLE).value:
            return
        texts = {number: self._desk.paper(draft(number)).value for number in range(1, len(outline.sections) + 1)}
        if any(texts.values()):
            self._desk.paper(ARTICLE).replace(assemble(outline, texts))

    def _show_stored(self) -> None:
        """Show the stored drafts, where a correction was interrupted."""
        for stage, section in self._desk.records:
            key = flows.text_key(stage, section)
            if key not in (None, ARTICLE) and isinstance(stored := self._desk.saved(stage, section), Written):
                self._desk.paper(key).replace(stored.text)

    async def _finish(self, status: Ending, failure: Failure | None) -> None:
        now, article = datetime.now(UTC), self._article
        if status != "completed":
            self._show_stored()
            if article.rewrite:
                self._desk.paper(ARTICLE).replace(article.content)
        content = self._desk.paper(ARTICLE).value
        outline = self._desk.outline
        cut_short = [self._desk.cut_short(record, failure, now) for record in self._desk.unfinished()]
        outcome = Outcome(
            status=status,
            terminal_id=self._desk.log.seal(len(cut_short) + 1),
            title=article.title if outline is None else outline.title,
            content=None if article.rewrite and content == article.content else content,
            sections=marks(recognised(content, self._known_sections(outline))),
            reason="rewritten" if article.rewrite else "written",
            words=words.count(content),
            failure=failure,
            finished_at=now,
            cut_short=cut_short,
        )
        if self._office.purses is not None:
            kept = self._desk.answers.now if failure and failure.sentence.code == BudgetSpent.code else {}
            await self._desk.store(lambda: self._office.store.keep_answers(article.id, kept))
        await self._desk.store(lambda: self._office.store.finish(article.id, article.epoch, outcome))
        for record in cut_short:
            self._desk.records[record.stage, record.section] = record
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
        stages = [history.ended(record, self._desk.plan, self._desk.records) for record in cut_short]
        ours = [record for record in self._desk.records.values() if record.run == article.run]
        self._desk.log.end(*stages, history.terminal(finished, [*self._desk.before, *ours]))

    def _known_sections(self, outline: Outline | None) -> list[Section]:
        """The sections with their ids from the outline, or from the previous text."""
        if outline is None:
            return sections(self._article.content, self._article.sections)
        return [Section(n, heading.title, "", 0) for n, heading in enumerate(outline.sections, start=1)]
