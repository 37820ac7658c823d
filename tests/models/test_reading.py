import itertools
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.core.errors import ModelStreamBroken, ModelTruncated, ModelUnavailable, PressroomError
from service.core.events import Usage
from service.models.reading import Reading


def chunk(content: str | None = None, finish: str | None = None, **delta: str) -> bytes:
    fields = delta if content is None else {"content": content, **delta}
    return b"data: " + json.dumps({"choices": [{"delta": fields, "finish_reason": finish}]}).encode() + b"\n\n"


def read(*parts: bytes) -> Reading:
    reading = Reading(10_000)
    for part in parts:
        reading.feed(part)
    reading.rest()
    return reading


def text(reading: Reading) -> str:
    return "".join(reading.text_parts)


@given(
    words=st.lists(st.text(max_size=8), max_size=8),
    cuts=st.lists(st.integers(0, 2_000), max_size=12),
    ending=st.sampled_from([b"\n", b"\r\n"]),
)
@example(words=["a\u2028b", "\x85", "\0", "🌱"], cuts=[], ending=b"\r\n")
def test_the_text_is_the_same_however_the_bytes_are_cut(words: list[str], cuts: list[int], ending: bytes) -> None:
    data = b"".join([b": comment\n\n", chunk("x"), *map(chunk, words), chunk(finish="stop"), b"data: [DONE]\n\n"])
    data = data.replace(b"\n", ending)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reading = read(*(data[a:b] for a, b in itertools.pairwise(edges)))
    assert text(reading) == "x" + "".join(words).replace("\0", "")
    assert reading.done
    assert reading.failure() is None


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (["\ud83c", "\udf31"], "🌱"),
        (["a\ud83c", "\udf31b"], "a🌱b"),
        (["\ud83c", "b"], "\ufffdb"),
        (["\udf31b"], "\ufffdb"),
        (["a\ud83c"], "a\ufffd"),
        (["\ud83c", "\ud83c", "\udf31"], "\ufffd🌱"),
    ],
)
def test_halves_of_a_surrogate_pair_are_joined_and_lone_ones_replaced(deltas: list[str], expected: str) -> None:
    assert text(read(*map(chunk, deltas))) == expected


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (["<think>", "hm ", "</think>", "\n\nBees"], "Bees"),
        (["<th", "ink>hm</thi", "nk>Bees"], "Bees"),
        (["  \n<think>a</think>  Bees <think>stay</think>"], "Bees <think>stay</think>"),
        (["<this> is text"], "<this> is text"),
        (["<"], "<"),
        (["\n\n", " Bees"], "Bees"),
        (["<think>never closed"], ""),
    ],
)
def test_reasoning_at_the_head_is_kept_out(deltas: list[str], expected: str) -> None:
    assert text(read(*map(chunk, deltas))) == expected


def test_reasoning_fields_are_no_text_but_a_sign_of_life() -> None:
    reading = Reading(100)
    assert reading.feed(chunk(reasoning_content="hm")) == ""
    assert reading.alive
    reading.feed(b": comment\n\n")
    assert not reading.alive


def test_usage_is_counted_from_the_chunk_without_choices() -> None:
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n'
    assert read(chunk("a"), chunk(finish="stop"), usage).usage == Usage(3, 5)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([chunk("Bees")], "model_stream_broken"),
        ([chunk("Bees"), chunk(finish="length")], "model_truncated"),
        ([chunk("Bees"), chunk(finish="content_filter")], "model_filtered"),
        ([chunk("Bees"), chunk(finish="tool_calls")], "model_nonsense"),
        ([chunk(refusal="no"), chunk(finish="stop")], "model_refused"),
        ([chunk(" \n"), chunk(finish="stop")], "model_empty"),
        ([chunk(finish="stop")], "model_empty"),
    ],
)
def test_an_answer_that_is_not_whole_is_a_failure(parts: list[bytes], code: str) -> None:
    failure = read(*parts).failure()
    assert failure is not None
    assert failure.code == code


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"data: {oops\n\n", ModelStreamBroken),
        (b'data: {"choices": 7}\n\n', ModelStreamBroken),
        (b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n', ModelStreamBroken),
        (b"data: " + b"[" * 100_000 + b"\n\n", ModelStreamBroken),
        (b'data: {"error":{"message":"overloaded"}}\n\n', ModelUnavailable),
        (b"data: " + b"x" * 2_000_000, ModelStreamBroken),
        (chunk("x" * 10_001), ModelTruncated),
    ],
)
def test_what_can_not_be_read_is_a_clear_error(data: bytes, error: type[PressroomError]) -> None:
    with pytest.raises(error):
        read(data)


def test_null_fields_do_no_harm() -> None:
    reading = read(b'data: {"choices":null,"usage":null}\n\n', b'data: {"choices":[{"delta":null}]}\n\n', chunk("ok"))
    assert text(reading) == "ok"
