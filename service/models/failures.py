"""Translates errors of the openai package and its transport into our own, none of which contains the key."""

import re
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from errno import EMFILE, ENFILE

import httpx2
import openai

from service.core.model_errors import (
    ModelError,
    ModelRateLimited,
    ModelRejected,
    ModelStreamBroken,
    ModelUnavailable,
    ModelUnreachable,
)
from service.models.characters import one_line

NO_KEY = "none"  # sent to servers that need no key, because the package requires one
MAX_SAID = 200
MAX_PAGE = 2_000  # characters of an HTML page that are examined

_title = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_tag = re.compile(r"<[^<>]*>")


def translated(error: Exception, key: str, *, begun: bool) -> ModelError:
    """The error as one of ours. `begun`: whether text had already arrived."""
    causes = list(_causes(error))
    match error:
        case openai.APIStatusError():
            return _status(error, key)
        case _ if any(isinstance(cause, httpx2.DecodingError) for cause in causes):
            return ModelStreamBroken("compressed")
        case _ if any(isinstance(cause, OSError) and cause.errno in (EMFILE, ENFILE) for cause in causes):
            return ModelUnreachable("no_descriptors")
        case _ if begun:
            return ModelStreamBroken("connection_lost")
        case _ if any(isinstance(cause, ssl.SSLError) for cause in causes):
            return ModelUnreachable("no_tls")
        case _:
            return ModelUnreachable()


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _status(error: openai.APIStatusError, key: str) -> ModelError:
    status = error.status_code
    wait = retry_after(error.response.headers)
    if status == 429:
        return ModelRateLimited(retry_after=wait)
    if status in (408, 409, 425) or status >= 500:
        return ModelUnavailable("status", status=status, retry_after=wait)
    if status in (401, 403):  # their text may quote the key
        return ModelRejected("key", status=status)
    if error.response.has_redirect_location:  # following it would send the prompt to an unknown server
        return ModelRejected("redirect", status=status, to=_masked(error.response.headers["location"], key))
    said = _masked(_words(error.body), key)
    return ModelRejected("said", status=status, said=said) if said else ModelRejected("status", status=status)


def _words(body: object) -> str:
    """The readable part of an error's body: its message, a page's title, or plain text."""
    if isinstance(body, dict):
        body = next((body[name] for name in ("message", "detail", "error", "title") if body.get(name)), body)
    text = str(body or "").lstrip()
    if not text.startswith("<"):
        return text
    page = text[:MAX_PAGE]
    title = _title.search(page)
    return title[1] if title else _tag.sub(" ", page)


def _masked(text: str, key: str) -> str:
    return one_line(text if key == NO_KEY else text.replace(key, "***"), MAX_SAID)


def retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds to wait, from a number or a date; None if missing or invalid."""
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return max(0.0, seconds) if seconds == seconds else None
