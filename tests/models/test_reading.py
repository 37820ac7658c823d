import itertools
import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.core.errors import PressroomError
from service.core.events import Usage
from service.core.model_errors import ModelStreamBroken, ModelTruncated, ModelUnavailable
from service.messages import say
from service.models.characters import Opening
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
    assert text(reading) == "x" + "".join(c for c in "".join(words) if c in "\n\t" or unicodedata.category(c) != "Cc")
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
        ([chunk(" "), chunk(finish="length")], "model_truncated"),
        ([chunk("Bees"), chunk(finish="content_filter")], "model_filtered"),
        ([chunk("Bees"), chunk(finish="tool_calls")], "model_nonsense"),
        ([chunk(reasoning="hm"), chunk(finish="MAX_TOKENS")], "model_truncated"),
        ([chunk("bees, " * 60)], "model_looped"),
        ([chunk(reasoning="bees, " * 60)], "model_looped"),
        ([chunk("Bees"), chunk(finish="SAFETY")], "model_filtered"),
        ([chunk("Bees"), chunk(finish="refusal")], "model_refused"),
        ([chunk("Bees"), chunk(finish="error")], "model_stream_broken"),
        ([chunk("Bees"), chunk(finish="abort")], "model_stream_broken"),
        ([chunk("Bees"), chunk(finish="something new")], "model_stream_broken"),
        ([chunk(refusal="no"), chunk(finish="stop")], "model_refused"),
        ([chunk(" \n"), chunk(finish="stop")], "model_empty"),
        ([chunk(finish="stop")], "model_empty"),
    ],
)
def test_an_answer_that_is_not_whole_is_a_failure(parts: list[bytes], code: str) -> None:
    failure = read(*parts).failure()
    assert failure is not None
    assert failure.code == code


@pytest.mark.parametrize("reason", ["stop", "STOP", "eos", "eos_token", "stop_sequence", "end_turn", "COMPLETE"])
def test_servers_have_several_words_for_a_whole_answer(reason: str) -> None:
    assert read(chunk("Bees"), chunk(finish=reason)).failure() is None


def test_an_unknown_reason_to_stop_is_named_in_one_line() -> None:
    failure = read(chunk("Bees"), chunk(finish="gpu\n\x1b[31mlost" + "!" * 999)).failure()
    assert failure is not None
    said = say(failure.sentence)
    assert "gpu [31mlost" in said
    assert len(said) < 120


def test_a_second_answer_is_dropped() -> None:
    both = json.dumps({"choices": [choice(1, "Wasps", "error"), choice(0, "Bees", "stop")]}).encode()
    other = json.dumps({"choices": [choice(1, "Hornets", "length")]}).encode()
    reading = read(b"data: " + both + b"\n\n", b"data: " + other + b"\n\n")
    assert text(reading) == "Bees"
    assert reading.failure() is None


def choice(index: int, content: str, finish: str) -> dict[str, object]:
    return {"index": index, "delta": {"content": content}, "finish_reason": finish}


def test_an_error_beside_a_choice_is_one() -> None:
    with pytest.raises(ModelUnavailable):
        read(b'data: {"error":{"message":"overloaded"},"choices":[{"index":0,"delta":{"content":"Bees"}}]}\n\n')


@pytest.mark.parametrize(("told", "taken"), [(2**63, 10**9), (10**30, 10**9), (-5, 0), ("null", 0)])
def test_nonsensical_usage_is_bounded(told: object, taken: int) -> None:
    usage = f'data: {{"choices":[],"usage":{{"prompt_tokens":{told},"completion_tokens":7}}}}\n\n'
    assert read(chunk("a"), usage.encode()).usage == Usage(taken, 7)


@pytest.mark.parametrize("deltas", [["a\x1b[31mb\x07\x00c"], ["a\x1b", "[31mb\x9b\x7f", "\x85c"]])
def test_control_characters_are_taken_out(deltas: list[str]) -> None:
    assert text(read(*map(chunk, deltas))) == "a[31mbc"


def test_lines_and_tabs_stay_and_lines_end_in_one_character() -> None:
    assert text(read(*map(chunk, ["a\r", "\n\tb\r\n", "c\u2028d"]))) == "a\n\tb\nc\u2028d"


def test_thoughts_are_not_held_however_long_they_are() -> None:
    opening = Opening()
    for delta in ["<think>", *["hm, "] * 60_000, "hm</thi"]:
        assert opening.feed(delta) == ""
        assert len(opening._held) < len("</think>")
    assert opening.feed("nk>\n<think>more</think> Bees") == "Bees"


@pytest.mark.parametrize("field", ["content", "reasoning_content", "reasoning"])
def test_thoughts_count_against_the_limit(field: str) -> None:
    reading = Reading(1_000)
    reading.feed(chunk("<think>"))
    for n in range(1, 301):
        reading.feed(chunk(**{field: chr(0x4E00 + n) * 4}))
        if reading.done:
            break
    assert n == 249
    assert isinstance(reading.failure(), ModelTruncated)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"data: {oops\n\n", ModelStreamBroken),
        (b'data: {"choices": 7}\n\n', ModelStreamBroken),
        (b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n', ModelStreamBroken),
        (b"data: " + b"[" * 100_000 + b"\n\n", ModelStreamBroken),
        (b'data: {"error":{"message":"overloaded"}}\n\n', ModelUnavailable),
        (b"data: " + b"x" * 2_000_000, ModelStreamBroken),
    ],
)
def test_what_can_not_be_read_is_a_clear_error(data: bytes, error: type[PressroomError]) -> None:
    with pytest.raises(error):
        read(data)


def test_null_fields_do_no_harm() -> None:
    reading = read(b'data: {"choices":null,"usage":null}\n\n', b'data: {"choices":[{"delta":null}]}\n\n', chunk("ok"))
    assert text(reading) == "ok"
