"""Notices a model that repeats itself, as small ones do until something stops them."""

import re

EVERY = 64  # characters between two looks, which cost a few microseconds each
TAIL = 2_000  # characters that are looked at
KEY = 24  # characters by which an earlier occurrence is found
ENOUGH = ((8, 200), (4, 240), (3, 400), (2, 700))  # how often, and how many characters in all
LINES, DISTINCT = 16, 4  # of the last lines at most so many differ
SHORTEST_LINE = 8
LETTERS = 6  # different ones in what only counts: a table of numbers is no loop

_digits = str.maketrans("123456789", "0" * 9)  # a loop may count
_letters = re.compile(r"[^\W\d_]")


class Guard:
    """Fed with an answer's text. `loop` is the number of characters at its end that only repeat, once there are any."""

    def __init__(self) -> None:
        self.loop = 0
        self._tail = self._counted = ""
        self._new: list[str] = []
        self._unseen = 0

    def feed(self, text: str) -> int:
        self._new.append(text)
        self._unseen += len(text)
        if self._unseen >= EVERY:
            new = "".join(self._new)
            self._tail = (self._tail + new)[-TAIL:]
            self._counted = (self._counted + new.translate(_digits))[-TAIL:]
            self._new.clear()
            self._unseen = 0
            self.loop = _periodic(self._tail) or _counting(self._counted) or _lines(self._counted)
        return self.loop


def _counting(tail: str) -> int:
    """A loop that counts."""
    found = _periodic(tail)
    return found if found and _speaks(tail[-KEY:]) else 0


def _speaks(text: str) -> bool:
    return len(set(_letters.findall(text))) >= LETTERS


def _periodic(tail: str) -> int:
    at = tail.rfind(tail[-KEY:], 0, len(tail) - 1)
    if at < 0:
        return 0
    unit = tail[at + KEY :]
    wanted = min(max(least, -(-long // len(unit))) for least, long in ENOUGH)
    if not tail.endswith(unit * wanted):
        return 0
    while tail.endswith(unit * (wanted + 1)):
        wanted += 1
    return (wanted - 1) * len(unit)


def _lines(tail: str) -> int:
    """The same few lines in any order."""
    lines = [line for line in tail.split("\n")[1:] if len(line.strip()) >= SHORTEST_LINE][-LINES:]
    if len(lines) < LINES or len(set(lines)) > DISTINCT or not _speaks("".join(set(lines))):
        return 0
    first = tail.rfind("\n" + lines[0])
    for line in reversed(lines):
        first = tail.rfind("\n" + line, 0, first if first >= 0 else len(tail))
    return len(tail) - max(first, 0)
