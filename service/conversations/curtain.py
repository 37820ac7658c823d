"""Hides the YAML block of a proposal while an answer is streamed."""

import re
from collections.abc import Callable

_fence = re.compile(r" {0,3}```[ \t]*ya?ml[ \t]*", re.IGNORECASE)
_may_become_fence = re.compile(r" {0,3}(?:`{0,2}|```[ \t]*(?:y|ya|yam|ym|ya?ml[ \t]*)?)", re.IGNORECASE)


class Curtain:
    """Takes text cut anywhere, passes it on up to the line on which a YAML block begins, and keeps the rest."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self.raise_again()

    def raise_again(self) -> None:
        """Start again: the text so far is withdrawn."""
        self._held = ""  # the beginning of a line that may become a fence
        self._at_line_start = True
        self._behind: list[str] | None = None

    @property
    def behind(self) -> str | None:
        """The block's content up to the last closing fence; None without one."""
        if self._behind is None:
            return None
        text = "".join(self._behind)
        block, fence, _ = text.rpartition("\n```")
        return block if fence else text

    def append(self, delta: str) -> None:
        if self._behind is not None:
            self._behind.append(delta)
        elif not self._at_line_start and "\n" not in delta:
            self._show(delta)
        else:
            self._look(self._held + delta)

    def _look(self, text: str) -> None:
        line = 0 if self._at_line_start else text.index("\n") + 1
        while (end := text.find("\n", line)) >= 0:
            if _fence.fullmatch(text, line, end):
                self._held = ""
                self._behind = [text[end + 1 :]]
                return self._shown(text[:line])
            line = end + 1
        holds = bool(_may_become_fence.fullmatch(text, line))
        self._held = text[line:] if holds else ""
        self._at_line_start = holds
        return self._shown(text[:line] if holds else text)

    def _shown(self, text: str) -> None:
        if text:
            self._show(text)

    def close(self) -> None:
        """The text is complete."""
        self._shown(self._held)
        self._held = ""
