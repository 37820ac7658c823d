"""Reads the text from the bytes of a streamed chat completion: lines, chunks, characters."""

import json
from typing import Any

import msgspec

from service.core.events import Usage
from service.core.model_errors import (
    ModelEmpty,
    ModelError,
    ModelFiltered,
    ModelLooped,
    ModelRefused,
    ModelStreamBroken,
    ModelToolCall,
    ModelTruncated,
    ModelUnavailable,
)
from service.models.characters import Opening, Pairs, cleaned, one_line
from service.models.guard import Guard
from service.models.window import overflow

MAX_LINE = 1024 * 1024
WORTH_KEEPING = 40  # characters before a loop; with fewer, another try is better
MAX_TOKENS = 10**9  # more than any call uses, and small enough to add up in 64 bits
MAX_COST = 1e6  # the same of a call's cost, in any currency; neither is an infinite one

# Reasons to stop, in lower case. OpenAI-compatible servers mostly send `stop`, but some pass on their engine's reason.
# Any other reason (`error`, `abort`, `cancelled`, `time_limit` …) means that the answer is incomplete.
WHOLE = {
    "stop",  # OpenAI, vLLM, SGLang, llama.cpp, Ollama, Mistral, DeepSeek; Gemini's STOP
    "eos",  # Together
    "eos_token",  # text-generation-inference, watsonx
    "stop_sequence",  # text-generation-inference, Anthropic, Cohere
    "end_turn",  # Anthropic, Bedrock
    "complete",  # Cohere
}
TOO_LONG = {"length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"}
FILTERED = {
    "content_filter", "content_filtered", "guardrail_intervened", "safety", "recitation", "blocklist",
    "prohibited_content", "spii", "error_toxic",
}  # fmt: skip
TOOL_CALL = {"tool_calls", "tool_call", "tool_use", "function_call"}
REFUSED = {"refusal"}


class _Delta(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Choice(msgspec.Struct):
    index: int | None = None
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Count(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: Any = None  # not of OpenAI's: whatever it is, it must not break the answer


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Count | None = None
    error: Any = None


_decode = msgspec.json.Decoder(_Chunk).decode


class Reading:
    """One answer as it arrives. `feed` takes bytes and returns text; `failure` says at the end what went wrong.

    It is over before its end when there is more than `max_characters`, or only repetition. Then what was read is kept.
    """

    def __init__(self, max_characters: int) -> None:
        """`max_characters` includes reasoning."""
        self.text_parts: list[str] = []
        self.usage = Usage()
        self.deltas = 0  # with text or reasoning: mostly as many as tokens
        self.reasons = False
        self.given_up = False  # by us, before its end
        self.done = False
        self.alive = False  # whether the last bytes held text or reasoning; comments don't count
        self.finish_reason: str | None = None
        self._refused = False
        self._rest = b""
        self._room = max_characters
        self._pairs = Pairs()
        self._opening: Opening | None = Opening()
        self._guard, self._thoughts = Guard(), Guard()

    @property
    def cut(self) -> bool:
        """Whether the answer was stopped before its end, though it has text."""
        return self._guard.loop > 0 or (self.finish_reason or "").lower() in TOO_LONG

    def feed(self, data: bytes) -> str:
        """The text in `data`, often empty."""
        self.alive = False
        *lines, self._rest = (self._rest + data if self._rest else data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise ModelStreamBroken("endless_line")
        text = ""
        for line in lines:
            if line.startswith(b"data:"):
                text += self._line(line[5:].strip())
                if self.done:
                    break
        if text:
            self.text_parts.append(text)
        return text

    def _line(self, line: bytes) -> str:
        if line == b"[DONE]":
            self.done = True
            return ""
        chunk = _chunk(line)
        if chunk.usage is not None:
            told = chunk.usage
            self.usage = Usage(counted(told.prompt_tokens), counted(told.completion_tokens), charged(told.cost))
        if chunk.error:
            raise overflow(str(chunk.error)) or ModelUnavailable("mid_answer")
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        if choice.index:
            choice = _first(chunk.choices)
        if choice.finish_reason:
            self.finish_reason = choice.finish_reason
        delta = choice.delta
        if delta is None:
            return ""
        if delta.reasoning_content or delta.reasoning or delta.refusal:
            self._beside(delta)
        text = delta.content
        if not text:
            return ""
        self._took(text)
        if self._guard.feed(text):
            self._stop()
        return self._characters(text)

    def _took(self, text: str) -> None:
        self.alive = True
        self.deltas += 1
        self._room -= len(text)
        if self._room < 0:
            self._stop()

    def _stop(self) -> None:
        """Read no further: nothing better would come."""
        self.done = True
        self.finish_reason = "length"

    def _beside(self, delta: _Delta) -> None:
        """Handle reasoning, tool calls and the like. Reasoning counts as text for deadline and limit."""
        if delta.refusal:
            self._refused = True
        if thoughts := delta.reasoning_content or delta.reasoning:
            self.reasons = True
            self._took(thoughts)
            if self._thoughts.feed(thoughts):
                self._stop()

    def _characters(self, text: str) -> str:
        if self._pairs.half or not text.isascii():
            text = self._pairs.feed(text)
        if not text.isprintable():
            text = cleaned(text)
        if self._opening is not None:
            text = self._opening.feed(text)
            if self._opening.over:
                self._opening = None
        return text

    def rest(self) -> str:
        """The text still held back; call it once, after the last bytes."""
        text = "\ufffd" if self._pairs.half else ""
        if self._opening is not None:
            text = self._opening.held() + text
        if text:
            self.text_parts.append(text)
        return text

    def failure(self) -> ModelError | None:
        """Why the answer is incomplete, or None."""
        reason = (self.finish_reason or "").lower()
        if not reason:
            return ModelStreamBroken("cut_off")
        if reason in FILTERED:
            return ModelFiltered()
        if reason in TOOL_CALL:
            return ModelToolCall("tool_call")
        if self._refused or reason in REFUSED:
            return ModelRefused()
        if reason not in WHOLE | TOO_LONG:
            return ModelStreamBroken("stopped", said=one_line(reason, 50))
        text = self.text.strip()
        if (self._guard.loop and len(text) < WORTH_KEEPING) or (self._thoughts.loop and not text):
            return ModelLooped()
        if not text:
            return ModelTruncated() if reason in TOO_LONG else ModelEmpty()
        return None

    @property
    def text(self) -> str:
        """The answer, without what only repeats at its end."""
        whole = "".join(self.text_parts)
        return whole[: len(whole) - self._guard.loop] if self._guard.loop < len(whole) else ""


def _first(choices: list[_Choice]) -> _Choice:
    """The requested choice; some servers send several."""
    return next((choice for choice in choices if not choice.index), _Choice())


def counted(tokens: int | None) -> int:
    return min(max(tokens or 0, 0), MAX_TOKENS)


def charged(cost: object) -> float | None:
    return cost if isinstance(cost, int | float) and 0 <= cost <= MAX_COST else None


def _chunk(line: bytes) -> _Chunk:
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # includes half a surrogate pair, which only the standard library accepts
    try:
        return msgspec.convert(json.loads(line), _Chunk)
    except (ValueError, RecursionError):
        raise ModelStreamBroken("malformed_chunk") from None
