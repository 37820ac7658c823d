"""Every failure that Pressroom names.

PressroomError
├── NotFound                 the thing asked for does not exist
├── Conflict                 the article's status does not allow it
│   └── KeyReused            an Idempotency-Key came again with another request
├── Busy                     the conversation's answer is still being given
├── BadMessage               a web socket's message can't be read
│   └── UnknownType          its `type` is none of ours
├── QueueFull                as many articles wait as may
├── BadInput                 what was sent can't be used; says which field
├── BodyTooLarge             the request's body is over the limit
├── UnsupportedMediaType     the body is of a kind this route does not take
├── HostNotAllowed           the Host header is none of ours
├── OriginNotAllowed         another site's page tried to change something
├── StaleEpoch               a writer that another run has replaced
├── StoreError               the database can't be read or written
│   ├── StoreBusy            another process has it locked
│   └── StoreFull            the disk is full
├── ServerBusy               more is asked for than this server does at once
├── RenderFailed             a text that takes too much to become HTML or a PDF
├── SettingsError            a setting can't be used; the process ends with 2
├── DataFolderInUse          another process works on the same data; the process ends with 2
├── StreamBroken             an event stream did what none may
├── ServerGone               the server that is tested can't be reached, or no longer
├── SearchFailed             the search engine gave no usable answer
├── SourceRefused            an address that may not be fetched
├── SourceFailed             a page or file that can't be fetched or read
├── ImageFailed              the image model gave no picture
└── ModelError               the model did not give a usable answer
    ├── ModelUnreachable     no connection, or it broke before an answer began
    ├── ModelRateLimited     429; may say when to come back
    ├── ModelUnavailable     5xx
    ├── ModelRejected        another 4xx: key, model name or request are wrong
    ├── ModelTimeout         no first token, no further content, or too long in all
    ├── ModelStreamBroken    cut off, malformed, or ended without a finish reason
    ├── ModelEmpty           finished without a word
    ├── ModelRefused         declined to answer
    ├── ModelFiltered        stopped by the provider's content filter
    ├── ModelTruncated       stopped by a length limit in mid-text
    └── ModelNonsense        an answer that is not in the form asked for
        └── ModelToolCall    a call of a tool instead of an answer
"""

from typing import ClassVar, Self

from service.core.events import Usage
from service.core.sentences import Param, Sentence, Unfit


class PressroomError(Exception):
    """The root: a stable `code`, and whether trying again can help. Errors of one code that need different sentences
    have a `reason`. `messages` makes sentences of them, where they are shown."""

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    def __init__(self, reason: str = "", /, *, retry_after: float | None = None, **params: Param) -> None:
        super().__init__(reason, params)
        self.params: dict[str, Param] = {"reason": reason, **params} if reason else params
        self.retry_after = retry_after

    @property
    def sentence(self) -> Sentence:
        return Sentence(self.code, self.params)

    def __str__(self) -> str:
        """For whoever debugs; people read what `messages` makes of the sentence."""
        return f"{self.code} {self.params}"


class NotFound(PressroomError):
    """The thing asked for does not exist."""

    code = "not_found"


class Conflict(PressroomError):
    """The article's status does not allow it."""

    code = "conflict"


class KeyReused(Conflict):
    """An Idempotency-Key came again with another request."""

    code = "idempotency_key_reused"


class Busy(PressroomError):
    """The conversation's answer is still being given."""

    code = "busy"
    retryable = True


class BadMessage(PressroomError):
    """A web socket's message can't be read."""

    code = "bad_message"


class UnknownType(BadMessage):
    """A web socket's message is of a type that is none of ours."""

    code = "unknown_type"


class QueueFull(PressroomError):
    """As many articles wait as may."""

    code = "queue_full"
    retryable = True


class BadInput(PressroomError):
    """What was sent can't be used."""

    code = "invalid_input"

    def __init__(self, field: str, reason: str, /, **params: Param) -> None:
        self.field, self.problem = field, Sentence(f"input.{reason}", params)
        super().__init__(field=field, problem=self.problem)

    @classmethod
    def said(cls, field: str, problem: Sentence) -> Sentence:
        return Sentence(cls.code, {"field": field, "problem": problem})

    @classmethod
    def of(cls, field: str, unfit: Unfit) -> "BadInput":
        return cls(field, unfit.sentence.code.removeprefix("input."), **unfit.sentence.params)


class BodyTooLarge(PressroomError):
    """The request's body is over the limit."""

    code = "body_too_large"


class UnsupportedMediaType(PressroomError):
    """The body is of a kind this route does not take."""

    code = "unsupported_media_type"


class HostNotAllowed(PressroomError):
    """The Host header is none of ours (DNS rebinding ends here)."""

    code = "host_not_allowed"


class OriginNotAllowed(PressroomError):
    """Another site's page tried to change something."""

    code = "origin_not_allowed"


class StaleEpoch(PressroomError):
    """A writer that another run has replaced."""

    code = "stale_epoch"


class StoreError(PressroomError):
    """The database can't be read or written."""

    code = "store_error"
    retryable = True


class StoreBusy(StoreError):
    """Another process has locked the database."""

    code = "store_busy"


class StoreFull(StoreError):
    """The disk is full."""

    code = "store_full"


class ServerBusy(PressroomError):
    """More is asked for than this server does at once."""

    code = "server_busy"
    retryable = True


class RenderFailed(PressroomError):
    """A text that takes too much to become HTML or a PDF."""

    code = "render_failed"


class SettingsError(PressroomError):
    """A setting can't be used."""

    code = "bad_setting"


class DataFolderInUse(PressroomError):
    """Another process works on the same data."""

    code = "data_folder_in_use"


class StreamBroken(PressroomError):
    """An event stream did what none may: a gap, an id that does not grow, something after its end."""

    code = "stream_broken"


class ServerGone(PressroomError):
    """The server that is tested can't be reached, or no longer."""

    code = "server_gone"


class SearchFailed(PressroomError):
    """The search engine gave no usable answer."""

    code = "search_failed"
    retryable = True


class SourceRefused(PressroomError):
    """An address that may not be fetched: not of the web, or not of the public internet."""

    code = "source_refused"


class SourceFailed(PressroomError):
    """A page or file that can't be fetched or read."""

    code = "source_failed"
    retryable = True


class ImageFailed(PressroomError):
    """The image model gave no picture."""

    code = "image_failed"
    retryable = True


class ModelError(PressroomError):
    """The model did not give a usable answer. `usage` is what it cost all the same."""

    code = "model_error"
    retryable = True
    usage = Usage()

    def after(self, usage: Usage) -> Self:
        """The same, after so much was spent on other calls."""
        self.usage += usage
        return self


class ModelUnreachable(ModelError):
    """No connection, or it broke before an answer began."""

    code = "model_unreachable"


class ModelRateLimited(ModelError):
    """The provider answered 429."""

    code = "model_rate_limited"


class ModelUnavailable(ModelError):
    """The provider answered with a 5xx."""

    code = "model_unavailable"


class ModelRejected(ModelError):
    """The provider does not accept the key, the model's name or the request."""

    code = "model_rejected"
    retryable = False


class ModelTimeout(ModelError):
    """No first token, no further content, or too long in all."""

    code = "model_timeout"


class ModelStreamBroken(ModelError):
    """The answer was cut off, malformed, or ended without a finish reason."""

    code = "model_stream_broken"


class ModelEmpty(ModelError):
    """The answer finished without a word."""

    code = "model_empty"


class ModelRefused(ModelError):
    """The model declined to answer."""

    code = "model_refused"
    retryable = False


class ModelFiltered(ModelError):
    """The provider's content filter stopped the answer."""

    code = "model_filtered"
    retryable = False


class ModelTruncated(ModelError):
    """A length limit stopped the answer in mid-text."""

    code = "model_truncated"


class ModelNonsense(ModelError):
    """The answer is not in the form asked for."""

    code = "model_nonsense"


class ModelToolCall(ModelNonsense):
    """The model wanted to call a tool, although it was given none; asked the same again, it would do the same."""

    retryable = False
