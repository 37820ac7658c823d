"""The server's log: one line per record, readable or JSON. Logged text can't start a new line."""

import json
import logging
import math
import re
import time
from datetime import UTC, datetime
from typing import Any, Literal

from service.core.errors import PressroomError
from service.messages import say

LogFormat = Literal["readable", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
SILENCE = 60.0  # seconds until the same failure is logged again
NOISY = ("alembic", "httpx2", "asyncio")  # too detailed at level info

_names = re.compile(r'"[^"]*"|\d+')


def setup(form: LogFormat, level: LogLevel) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JSONLines() if form == "json" else Readable())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def fields(**values: Any) -> dict[str, Any]:
    """Fields of a line besides its message, as `extra`, without None."""
    return {"fields": {name: value for name, value in values.items() if value is not None}}


class Trouble:
    """Something that fails again and again is logged at most once a minute for each reason, and once when it works
    again."""

    def __init__(self, log: logging.Logger, fails: str, works: str) -> None:
        self._log, self._fails, self._works = log, fails, works
        self._said: dict[str, float] = {}  # each reason, without the names in it, and when it was logged
        self._failing = False  # as the log has it

    def because(self, reason: Exception) -> None:
        line = say(reason.sentence) if isinstance(reason, PressroomError) else str(reason).partition("\n")[0]
        kind, now = _names.sub("", line), time.monotonic()
        if now >= self._said.get(kind, -math.inf) + SILENCE:
            self._said[kind] = now
            self._failing = True
            self._log.warning("%s: %s", self._fails, line)

    def over(self) -> None:
        if self._failing:
            self._failing = False
            self._log.warning(self._works)


class JSONLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)


class Readable(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = getattr(record, "fields", {})
        words = [record.getMessage(), *(f"{name}={value}" for name, value in told.items())]
        line = f"{_time(record)} {record.levelname:8} {printable(' '.join(words))}"
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            line += "".join(f"\n    {printable(each)}" for each in trace)  # records never begin with spaces
        return line


def printable(text: str) -> str:
    """The text with line breaks and control characters escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
