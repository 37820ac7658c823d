"""From the bytes of a streamed chat completion to its text: lines, chunks, characters."""

import json
from typing import Any

import msgspec

from service.core.errors import (
    ModelEmpty,
    ModelError,
    ModelFiltered,
    ModelNonsense,
    ModelRefused,
    ModelStreamBroken,
    ModelTruncated,
    ModelUnavailable,
)
from service.core.events import Usage

MAX_LINE = 1024 * 1024


class _Delta(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Count(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Count | None = None
    error: Any = None


_decode = msgspec.json.Decoder(_Chunk).decode


class Reading:
    """One answer as it comes in. Feed it bytes; it gives back text, and knows in the end whether all was well."""

    def __init__(self, max_characters: int) -> None:
        self.text_parts: list[str] = []
        self.usage = Usage()
        self.done = False
        self.alive = False  # whether the last bytes held text or reasoning: comments keep nothing alive
        self.finish_reason: str | None = None
        self._refused = False
        self._rest = b""
        self._room = max_characters
        self._half = ""
        self._opening: _Opening | None = _Opening()

    def feed(self, data: bytes) -> str:
        """The text in `data`, often empty."""
        self.alive = False
        *lines, self._rest = (self._rest + data if self._rest else data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise ModelStreamBroken("the model sent a line without an end")
        text = ""
        for line in lines:
            if line.startswith(b"data:"):
                text += self._line(line[5:].strip())
        if text:
            self._room -= len(text)
            if self._room < 0:
                raise ModelTruncated("the model's answer is longer than allowed")
            self.text_parts.append(text)
        return text

    def _line(self, line: bytes) -> str:
        if line == b"[DONE]":
            self.done = True
            return ""
        chunk = _chunk(line)
        if chunk.usage is not None:
            self.usage = Usage(chunk.usage.prompt_tokens or 0, chunk.usage.completion_tokens or 0)
        if not chunk.choices:
            if chunk.error is not None:
                raise ModelUnavailable("the provider reported an error in mid-answer")
            return ""
        choice = chunk.choices[0]
        if choice.finish_reason:
            self.finish_reason = choice.finish_reason
        delta = choice.delta
        if delta is None:
            return ""
        if delta.refusal:
            self._refused = True
        if delta.content or delta.reasoning_content or delta.reasoning:
            self.alive = True
        return self._characters(delta.content) if delta.content else ""

    def _characters(self, text: str) -> str:
        if self._half or not text.isascii():
            text = self._whole_pairs(text)
        if "\0" in text:
            text = text.replace("\0", "")
        if self._opening is not None:
            text = self._opening.feed(text)
            if self._opening.over:
                self._opening = None
        return text

    def _whole_pairs(self, text: str) -> str:
        """Halves of a surrogate pair are joined, also across deltas; a lone one becomes U+FFFD."""
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def rest(self) -> str:
        """Text that was held back in the hope of more; to be asked for once, after the last bytes."""
        text = "\ufffd" if self._half else ""
        if self._opening is not None:
            text = self._opening.held() + text
        if text:
            self.text_parts.append(text)
        return text

    def failure(self) -> ModelError | None:
        """Why this is not a whole answer, if it is none."""
        match self.finish_reason:
            case None:
                return ModelStreamBroken("the model's answer was cut off")
            case "length":
                return ModelTruncated("the model stopped in mid-text at its length limit")
            case "content_filter":
                return ModelFiltered("the provider's content filter stopped the answer")
            case "tool_calls" | "function_call":
                return ModelNonsense("the model wanted to call a tool instead of answering")
        if self._refused:
            return ModelRefused("the model declined to answer")
        if not "".join(self.text_parts).strip():
            return ModelEmpty("the model answered without a word")
        return None


class _Opening:
    """The head of an answer, without white space and without a <think> block."""

    def __init__(self) -> None:
        self._held = ""
        self.over = False

    def feed(self, text: str) -> str:
        self._held = (self._held + text).lstrip()
        if self._held.startswith("<think>"):
            _thoughts, closed, after = self._held.partition("</think>")
            if not closed:
                return ""
            self._held = after.lstrip()
        if not self._held or "<think>".startswith(self._held):
            return ""
        self.over = True
        return self._held

    def held(self) -> str:
        return "" if self._held.startswith("<think>") else self._held


def _chunk(line: bytes) -> _Chunk:
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # also half a surrogate pair, which only the standard library lets through
    try:
        return msgspec.convert(json.loads(line), _Chunk)
    except (ValueError, RecursionError):
        raise ModelStreamBroken("the model sent a malformed chunk") from None
