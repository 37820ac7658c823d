"""Turns the characters that a model sends into those of its answer."""

import re

OPENING, CLOSING = "<think>", "</think>"
KEPT = len(CLOSING) - 1  # characters kept of reasoning, to recognise its end however it is cut

_controls = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and line feed; \r\n becomes \n
_head = re.compile(rf"\s*(?:{OPENING}.*?{CLOSING}\s*)*", re.DOTALL)


def cleaned(text: str) -> str:
    """The text without control characters, which could control a terminal and which edits refuse."""
    return _controls.sub("", text)


def one_line(text: str, longest: int) -> str:
    """Foreign text on one line, for use within a sentence."""
    line = " ".join(_controls.sub(" ", text).split())[:longest]
    return line.encode("utf-8", "replace").decode()


class Pairs:
    """Joins the halves of surrogate pairs, even across deltas; a lone half becomes U+FFFD."""

    def __init__(self) -> None:
        self.half = ""

    def feed(self, text: str) -> str:
        text, self.half = self.half + text, ""
        if "\ud800" <= text[-1] <= "\udbff":
            text, self.half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class Opening:
    """Removes leading white space and <think> blocks from an answer."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self.over = False

    def feed(self, text: str) -> str:
        text = self._held + text
        if self._thinking:
            thoughts, closed, text = text.partition(CLOSING)
            if not closed:
                self._held = thoughts[-KEPT:]
                return ""
        text = _head.sub("", text, count=1)
        self._thinking = text.startswith(OPENING)
        if self._thinking or OPENING.startswith(text):
            self._held = text[-KEPT:]
            return ""
        self.over = True
        return text

    def held(self) -> str:
        """Text that is held back but may still be shown."""
        return "" if self._thinking else self._held
