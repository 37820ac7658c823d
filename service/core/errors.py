"""Every failure that Pressroom names.

PressroomError
├── NotFound                 the thing asked for does not exist
├── Gone                     the link to share has been revoked or has expired
├── Conflict                 the article's status or version, or the key's end, does not allow it
│   └── KeyReused            an Idempotency-Key was used with another request
├── Busy                     the conversation's answer is still being written
├── BadMessage               a web socket's message can't be read
│   └── UnknownType          its `type` is unknown
├── QueueFull                too many articles are waiting
├── LimitReached             a key, workspace or address has done too much; says when to go on
├── BudgetSpent              a budget has not enough left for this
├── BadInput                 the input is invalid; says which field
├── BodyTooLarge             the request's body is over the limit
├── UnsupportedMediaType     the route does not accept this type of body
├── Unauthorized             no key, or one that is not valid
├── Forbidden                the key's role does not allow it
├── IssuerUnavailable        the issuer of people's accounts can't be reached
├── HostNotAllowed           the Host header is not allowed
├── OriginNotAllowed         another site's page sent a request
├── StaleEpoch               a newer epoch has replaced this writer
├── StoreError               the database can't be read or written
│   ├── StoreAway            it can't be reached now
│   │   └── StoreReadOnly    it can only be read now
│   ├── StoreBusy            another process has it locked
│   └── StoreFull            the disk is full
├── ServerBusy               the server can't take more of this work now
├── RenderFailed             rendering takes too much time or memory
├── SettingsError            a setting is invalid; the process exits with 2
├── DataFolderInUse          another process uses the data folder or database; the process exits with 2
├── StreamBroken             an event stream breaks a rule
├── ServerGone               the server under test can't be reached
├── SearchFailed             the search engine gave no usable answer
├── SourceRefused            the address may not be fetched
├── SourceFailed             a page or file can't be fetched or read
├── ImageFailed              the image model gave no picture
├── FetchFailed              a model's weights can't be fetched
└── ModelError               the model did not give a usable answer: see model_errors.py
"""

from typing import ClassVar

from service.core.rate import Standing
from service.core.sentences import Param, Sentence, Unfit


class PressroomError(Exception):
    """The root: a stable `code`, and whether retrying can help. A `reason` selects among several sentences of a code.
    `messages` makes the sentence where the error is shown."""

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
        return f"{self.code} {self.params}"  # for debugging: people read the sentence that `messages` makes


class NotFound(PressroomError):
    """The thing asked for does not exist."""

    code = "not_found"


class Gone(PressroomError):
    """The link to share has been revoked or has expired."""

    code = "gone"


class Conflict(PressroomError):
    """The article's status or version, or the key's end, does not allow it."""

    code = "conflict"


class KeyReused(Conflict):
    """An Idempotency-Key was used with another request."""

    code = "idempotency_key_reused"


class Busy(PressroomError):
    """The conversation's answer is still being written."""

    code = "busy"
    retryable = True


class BadMessage(PressroomError):
    """A web socket's message can't be read."""

    code = "bad_message"


class UnknownType(BadMessage):
    """A web socket's message has an unknown type."""

    code = "unknown_type"


class QueueFull(PressroomError):
    """Too many articles are waiting."""

    code = "queue_full"
    retryable = True


class LimitReached(PressroomError):
    """The key, its workspace or the address has done too much in a short time."""

    code = "limit_reached"
    retryable = True

    def __init__(self, standing: Standing, wait: int) -> None:
        super().__init__(standing.name, retry_after=wait, most=standing.most, seconds=wait)
        self.standing = standing


class BudgetSpent(PressroomError):
    """A budget has not enough left for this."""

    code = "budget_spent"
    retryable = True


class BadInput(PressroomError):
    """The input is invalid."""

    code = "invalid_input"

    def __init__(self, field: str, reason: str, /, **params: Param) -> None:
        self.field, self.problem = field, Sentence(f"input.{reason}", params)
        super().__init__(field=field, problem=self.problem)

    @classmethod
    def sentence_for(cls, field: str, problem: Sentence) -> Sentence:
        return Sentence(cls.code, {"field": field, "problem": problem})

    @classmethod
    def of(cls, field: str, unfit: Unfit) -> "BadInput":
        return cls(field, unfit.sentence.code.removeprefix("input."), **unfit.sentence.params)


class BodyTooLarge(PressroomError):
    """The request's body is over the limit."""

    code = "body_too_large"


class PictureRefused(PressroomError):
    """The upload is no picture that can be shown and exported."""

    code = "picture_refused"


class UnsupportedMediaType(PressroomError):
    """The route does not accept this type of body."""

    code = "unsupported_media_type"


class Unauthorized(PressroomError):
    """No key, or one that is not valid."""

    code = "unauthorized"


class Forbidden(PressroomError):
    """The key's role does not allow it."""

    code = "forbidden"


class IssuerUnavailable(PressroomError):
    """The issuer of people's accounts can't be reached, or tells nothing usable of itself."""

    code = "issuer_unavailable"
    retryable = True


class HostNotAllowed(PressroomError):
    """The Host header is not allowed (this prevents DNS rebinding)."""

    code = "host_not_allowed"


class OriginNotAllowed(PressroomError):
    """Another site's page sent a request."""

    code = "origin_not_allowed"


class StaleEpoch(PressroomError):
    """A newer epoch has replaced this writer."""

    code = "stale_epoch"


class StoreError(PressroomError):
    """The database can't be read or written."""

    code = "store_error"
    retryable = True


class StoreAway(StoreError):
    """The database can't be reached now."""

    code = "store_away"


class StoreReadOnly(StoreAway):
    """The database can only be read now."""

    code = "store_read_only"


class StoreBusy(StoreError):
    """Another process has locked the database."""

    code = "store_busy"


class StoreFull(StoreError):
    """The disk is full."""

    code = "store_full"


class ServerBusy(PressroomError):
    """The server can't take more of this work now."""

    code = "server_busy"
    retryable = True


class RenderFailed(PressroomError):
    """Rendering the text takes too much time or memory."""

    code = "render_failed"


class SettingsError(PressroomError):
    """A setting is invalid."""

    code = "bad_setting"


class DataFolderInUse(PressroomError):
    """Another process uses the data folder, or another server the database."""

    code = "data_folder_in_use"


class StreamBroken(PressroomError):
    """An event stream breaks a rule: a gap, an id that does not grow, data after its end."""

    code = "stream_broken"


class ServerGone(PressroomError):
    """The server under test can't be reached."""

    code = "server_gone"


class SearchFailed(PressroomError):
    """The search engine gave no usable answer."""

    code = "search_failed"
    retryable = True


class SourceRefused(PressroomError):
    """The address may not be fetched: it is not a web address, or not public."""

    code = "source_refused"


class SourceFailed(PressroomError):
    """A page or file that can't be fetched or read."""

    code = "source_failed"
    retryable = True


class ImageFailed(PressroomError):
    """The image model gave no picture."""

    code = "image_failed"
    retryable = True


class FetchFailed(PressroomError):
    """A model's weights can't be fetched."""

    code = "fetch_failed"
