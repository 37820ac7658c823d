"""An answer that this process writes, from the question to how it ends."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass

import msgspec

from service.conversations import nodes, said
from service.conversations.audience import Audience, Ended, Failed, News, Proposed, Started
from service.conversations.memory import BYTES_A_TOKEN
from service.conversations.proposals import Proposal, Subject
from service.conversations.setup import Setup
from service.core.errors import Busy, PressroomError, StaleEpoch, StoreError
from service.core.sentences import Sentence
from service.core.texts import ARTICLE
from service.models.model import Model
from service.store.conversations import Begun, ChatMessage, Standing

log = logging.getLogger(__name__)

ANSWER = ARTICLE  # the one text of its channel


@dataclass(frozen=True, slots=True)
class Claimed:
    """An answer that may be written, with what it takes."""

    begun: Begun
    subject: Subject | None
    model: Model


def channel_key(conversation_id: str, begun: Begun) -> str:
    return f"{conversation_id}.{begun.epoch}"


class Answering:
    def __init__(self, conversation_id: str, audience: Audience, setup: Setup) -> None:
        self.missed = False  # something in the store was not looked at meanwhile
        self._id = conversation_id
        self._audience = audience
        self._setup = setup
        self._begun: Begun | None = None
        self._writing: asyncio.Task[Proposal | None] | None = None
        self._stopped = False

    def stop(self) -> None:
        """Cancel the model call. The text so far is the answer."""
        self._stopped = True
        if self._writing is not None:
            self._writing.cancel()

    def see(self, now: Standing) -> None:
        """What another process has done meanwhile."""
        if self._begun is None or now.epoch > self._begun.epoch:
            self.missed = True
            if self._begun is not None:
                self.stop()  # another process was told to answer, because this one seemed to be dead
        elif now.epoch == self._begun.epoch and now.stopping:
            self.stop()

    async def news(self, claim: Awaitable[Claimed]) -> list[News]:
        """Write and store the answer, and return what is to be told of its end."""
        news: list[News] = []
        try:
            claimed = await claim
            self._begun = claimed.begun
            answer, proposal = await self._written(claimed)
            news = [Ended(answer)] if proposal is None else [Ended(answer), Proposed(proposal, None)]
        except Busy:
            pass  # who asks is told by what claims it
        except StaleEpoch:
            log.warning("conversation %s: meanwhile another process answers, or it was deleted", self._id)
        except PressroomError as error:
            news = [Failed(error.sentence, error.retryable)]
        except Exception:
            log.exception("conversation %s: answering failed", self._id)
            news = [Failed(Sentence("internal_error", {"reason": "answering"}), retryable=False)]
        if self._begun is not None and news and isinstance(news[0], Failed):
            await self._give_back(self._begun.epoch, news[0])
        if not news or self._begun is None or self._begun.epoch != self._audience.seen.latest[0]:
            self.missed = True
        return news

    async def _give_back(self, epoch: int, failed: Failed) -> None:
        """Have other processes know why there is no answer, so that they may write one."""
        try:
            await self._setup.conversations.fail(self._id, epoch, msgspec.json.encode(failed).decode())
        except StoreError:
            self.missed = True

    async def _written(self, claimed: Claimed) -> tuple[ChatMessage, Proposal | None]:
        begun, question, seen = claimed.begun, claimed.begun.question, self._audience.seen
        seen.stored = True
        characters = 4 * BYTES_A_TOKEN * self._setup.history_tokens  # the model receives proposals in a shorter form
        latest = await self._setup.conversations.latest(self._id, characters)
        key = channel_key(self._id, begun)
        channel = self._setup.log.loose(key)
        paper = channel.text(ANSWER)
        if seen.misses(begun):
            self._audience.begin_again()
        seen.latest = begun.epoch, question.number
        self._audience.tell(Started(question, channel))
        context = nodes.Context(
            model=claimed.model,
            prompts=self._setup.prompts,
            paper=paper,
            history_tokens=self._setup.history_tokens,
        )
        self._writing = asyncio.create_task(nodes.answer(context, said.remembered(latest), claimed.subject))
        if self._stopped:
            self._writing.cancel()
        try:
            await asyncio.wait([self._writing])
            proposal = None if self._writing.cancelled() else self._writing.result()
            answer = said.answer(question, paper.value, proposal, stopped=self._writing.cancelled())
            await self._setup.conversations.answer(self._id, begun.epoch, answer)
            seen.latest = begun.epoch, answer.number
            return answer, proposal
        finally:
            channel.flush()
            channel.end()
            self._setup.log.leave(key)
