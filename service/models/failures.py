"""What the openai package and its transport raise, as errors of our own. The key stands in none of them."""

import time
from email.utils import parsedate_to_datetime

import httpx2
import openai

from service.core.errors import (
    ModelError,
    ModelRateLimited,
    ModelRejected,
    ModelStreamBroken,
    ModelUnavailable,
    ModelUnreachable,
)


def translated(error: Exception, key: str, *, begun: bool) -> ModelError:
    """`begun` tells whether text had already come."""
    match error:
        case openai.APIStatusError():
            return _status(error, key)
        case _ if begun:
            return ModelStreamBroken("the connection to the model broke in mid-answer")
        case _:
            return ModelUnreachable("the model can't be reached")


def _status(error: openai.APIStatusError, key: str) -> ModelError:
    status = error.status_code
    wait = retry_after(error.response.headers)
    if status == 429:
        return ModelRateLimited("the provider limits the rate of calls", retry_after=wait)
    if status in (408, 409, 425) or status >= 500:
        return ModelUnavailable(f"the provider answered {status}", retry_after=wait)
    if status in (401, 403):  # their text tends to quote the key
        return ModelRejected(f"the provider answered {status}: it does not accept the key")
    said = str(error.message).removeprefix(f"Error code: {status} - ").replace(key, "***")
    said = " ".join(said.split())[:200]
    return ModelRejected(f"the provider answered {status}: {said}")


def retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds, from a number or a date; None for nothing and for nonsense."""
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
