"""The log: one line for each record, in JSON or to read. Nothing that is logged can make a line of its own."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Literal

LogFormat = Literal["readable", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
NOISY = ("alembic", "httpx2", "asyncio")  # what they tell at info level is of no use here


def setup(form: LogFormat, level: LogLevel) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JSONLines() if form == "json" else Readable())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def fields(**values: Any) -> dict[str, Any]:
    """What belongs to a line beside its message, as `extra`; None is left out."""
    return {"fields": {name: value for name, value in values.items() if value is not None}}


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
            line += "".join(f"\n    {printable(each)}" for each in trace)  # no line of its own begins like that
        return line


def printable(text: str) -> str:
    """With escapes for whatever would end a line, or steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
