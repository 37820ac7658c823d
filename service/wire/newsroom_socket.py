"""The article's web socket: events as messages about agents."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from service.core.article import Article
from service.core.events import ArticleStatus, Done, Error, Event, StageEvent, Token
from service.core.sentences import Param, Sentence
from service.log.contract import Batch
from service.messages import say
from service.stages.flows import stages
from service.wire import events
from service.wire.events import StageData, StageName


class Status(msgspec.Struct, tag="status", tag_field="type", frozen=True, kw_only=True):
    """The article's status, sent on connecting."""

    article_id: str
    status: ArticleStatus
    message: str
    timestamp: datetime


class AgentUpdate(msgspec.Struct, tag="agent_update", tag_field="type", frozen=True, kw_only=True, omit_defaults=True):
    """A stage, with the name of its agent."""

    id: str
    article_id: str
    agent: str
    status: str
    message: str
    code: str
    params: dict[str, Param] = {}
    timestamp: datetime
    stage: StageName
    section: int | None
    progress: int
    execution_time: float | None = None  # seconds
    data: StageData | None = None


class StatusChange(msgspec.Struct, tag="status_change", tag_field="type", frozen=True, kw_only=True):
    id: str
    article_id: str
    old_status: ArticleStatus
    new_status: ArticleStatus
    message: str
    timestamp: datetime


class TokenMessage(msgspec.Struct, tag="token", tag_field="type", frozen=True, kw_only=True):
    """Text, as in the event stream."""

    run: int
    stage: str
    section: int | None
    offset: int
    text: str
    id: str
    article_id: str


class Final(msgspec.Struct, tag="final", tag_field="type", frozen=True, kw_only=True):
    """The last message of a run."""

    id: str
    article_id: str
    status: ArticleStatus
    message: str
    has_content: bool
    timestamp: datetime


Message = Status | AgentUpdate | StatusChange | TokenMessage | Final
_encode = msgspec.json.Encoder().encode


class NewsroomSocket:
    """One instance per viewer: it remembers the last status that was sent."""

    def __init__(self, article: Article) -> None:
        self._article = article
        self._status: ArticleStatus = article.status
        self._has_content = bool(article.content)

    def begin(self) -> str:
        status = self._article.status
        sentence = Sentence("socket.status", {"status": status})
        return _text(
            Status(article_id=self._article.id, status=status, message=say(sentence), timestamp=datetime.now(UTC))
        )

    def messages(self, batch: Batch) -> Iterator[str]:
        if batch.snapshot:
            self._status = "pending"  # a snapshot repeats the changes of status from the beginning
        for entry in batch.entries:
            for message in self._messages_of("" if entry.id is None else str(entry.id), entry.event):
                yield _text(message)

    def _messages_of(self, id: str, event: Event) -> Iterator[Message]:
        match event:
            case Token(run, kind, section, offset, text):
                self._has_content = True
                stage, article_id = events.TEXTS[kind], self._article.id
                yield TokenMessage(
                    run=run, stage=stage, section=section, offset=offset, text=text, id=id, article_id=article_id
                )
            case StageEvent(stage="article"):
                yield self._change(id, event.status, event.sentence, event.at)  # ty: ignore[invalid-argument-type]
            case StageEvent():
                yield self._update(id, event)
            case Done():
                yield from self._end(id, event.status, Sentence(f"socket.{event.status}"))
            case Error():
                yield from self._end(id, "failed", event.sentence)

    def _update(self, id: str, event: StageEvent) -> AgentUpdate:
        return AgentUpdate(
            id=id,
            article_id=self._article.id,
            agent=stages()[event.stage].agent,
            status=event.status,
            message=say(event.sentence),
            code=event.sentence.code,
            params=event.sentence.params,
            timestamp=event.at,
            stage=event.stage,
            section=event.section,
            progress=event.progress,
            execution_time=None if event.elapsed_ms is None else event.elapsed_ms / 1000,
            data=event.data,
        )

    def _change(self, id: str, status: ArticleStatus, sentence: Sentence, at: datetime) -> StatusChange:
        old, self._status = self._status, status
        return StatusChange(
            id=id,
            article_id=self._article.id,
            old_status=old,
            new_status=status,
            message=say(sentence),
            timestamp=at,
        )

    def _end(self, id: str, status: ArticleStatus, sentence: Sentence) -> Iterator[Message]:
        now = datetime.now(UTC)
        yield self._change(id, status, Sentence("socket.changed", {"status": status}), now)
        yield Final(
            id=id,
            article_id=self._article.id,
            status=status,
            message=say(sentence),
            has_content=self._has_content,
            timestamp=now,
        )


def _text(message: Message) -> str:
    return _encode(message).decode()
