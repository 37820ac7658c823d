"""The log's lines, of records that mean harm."""

import json
import logging
import sys

import pytest

from service.core.errors import StoreBusy
from service.logs import JSONLines, Readable, Trouble, fields


def record(message: str, *, fails: bool = False, **values: object) -> logging.LogRecord:
    info = None
    if fails:
        try:
            raise ValueError("bad\n2026-01-01T00:00:00.000Z ERROR    forged")
        except ValueError:
            info = sys.exc_info()
    made = logging.LogRecord("pressroom", logging.INFO, "a.py", 1, message, None, info)
    made.__dict__.update(fields(**values))
    return made


def test_a_field_is_one_line_whatever_it_holds() -> None:
    harm = record("stage", article="a\nb\u2028c\x1b[2J", ms=3, section=None)
    assert Readable().format(harm).endswith(r"stage article=a\nb\u2028c\x1b[2J ms=3")
    told = json.loads(JSONLines().format(harm))
    assert told["article"] == "a\nb\u2028c\x1b[2J"
    assert "section" not in told
    assert len(JSONLines().format(harm).splitlines()) == 1


def test_what_an_error_says_can_not_begin_a_line_either() -> None:
    failed = record("broken", fails=True)
    assert not any(line.startswith("2026-01-01") for line in Readable().format(failed).splitlines())
    assert len(JSONLines().format(failed).splitlines()) == 1
    assert "forged" in json.loads(JSONLines().format(failed))["traceback"]


def test_what_fails_again_and_again_is_a_line_a_minute_for_each_reason_and_one_when_it_works_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("service.logs.time.monotonic", lambda: now)
    trouble = Trouble(logging.getLogger("pressroom"), "it fails", "it works again")
    trouble.over()
    for reason in (OSError("away\nand more"), OSError("away"), StoreBusy(), OSError('no "a1"'), OSError('no "b2"')):
        trouble.because(reason)
    locked = "it fails: another process has locked the database; try again in a moment"
    assert caplog.messages == ["it fails: away", locked, 'it fails: no "a1"']
    caplog.clear()
    for _ in range(50):  # it goes and comes
        trouble.over()
        trouble.because(OSError("away"))
    assert caplog.messages == ["it works again"]
    caplog.clear()
    for moment in (159.0, 160.0, 219.0, 220.0):
        now = moment
        trouble.because(OSError("away"))
    trouble.over()
    assert caplog.messages == ["it fails: away", "it fails: away", "it works again"]
