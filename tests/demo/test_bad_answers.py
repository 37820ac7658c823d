import pytest
import yaml

from service.core import words
from service.core.model_errors import ModelNonsense
from service.demo import Faults, serving
from service.demo.answers import answer as canned
from service.demo.asked import read
from service.messages import say
from service.stages.outline import parse
from tests.demo.calling import FAST, answer, chat, chunks, content, finish_reason, outline, post, section


async def received(fault, messages):
    async with serving(pace=FAST, faults=Faults.script([fault])) as demo:
        found = await chunks(demo, messages)
        assert demo.counts.outcomes[fault] == 1
        return found


def mistake(text):
    with pytest.raises(ModelNonsense) as caught:
        parse(text, max_sections=3, topic="tea")
    return say(caught.value.sentence)


def block(text):
    return text.removeprefix("```yaml\n").removesuffix("\n```")


async def test_empty():
    found = await received("empty", section())
    assert (content(found), finish_reason(found)) == ("", "stop")


async def test_refusal():
    found = await received("refusal", section())
    assert "".join(c.choices[0].delta.refusal or "" for c in found).startswith("I'm sorry")
    assert (content(found), finish_reason(found)) == ("", "stop")


@pytest.mark.parametrize("fault", ["length", "content_filter"])
async def test_stopped_in_mid_sentence(fault):
    found = await received(fault, section())
    assert finish_reason(found) == fault
    assert canned(read(section())).startswith(content(found))
    assert not content(found).endswith((".", "!", "?"))


async def test_no_finish():
    async with (
        serving(pace=FAST, faults=Faults.script(["no_finish"])) as demo,
        post(demo, section()) as response,
    ):
        raw = await response.read()
    assert b"[DONE]" not in raw
    assert b'"finish_reason":"' not in raw
    assert raw.endswith(b"\n\n")


async def test_think():
    found = await received("think", section())
    reasons = [getattr(c.choices[0].delta, "reasoning_content", None) or "" for c in found]
    assert "".join(reasons)
    thoughts, _, text = content(found).partition("</think>\n\n")
    assert thoughts.startswith("<think>")
    assert text == canned(read(section()))


@pytest.mark.parametrize("messages", [outline(), section(), chat("hi")])
async def test_short(messages):
    assert 1 <= len(content(await received("short", messages)).split()) <= 5


async def test_repeating():
    async with serving(pace=FAST, faults=Faults.script(["repeating"] * 2)) as demo:
        one, other = await answer(demo, section(1, "Leaves")), await answer(demo, section(2, "Water"))
    assert one == other
    assert words.count(one) == 100


async def test_no_yaml():
    text = content(await received("no_yaml", outline()))
    assert "```" not in text
    assert mistake(text)


async def test_yaml_bomb():
    text = content(await received("yaml_bomb", outline()))
    laughs = yaml.safe_load(block(text))["sections"]
    depth = 1
    while isinstance(laughs := laughs[0], list):
        depth += 1
    assert 9**depth > 100_000_000
    assert "aliases" in mistake(text)


async def test_yaml_tags():
    text = content(await received("yaml_tags", outline()))
    assert "!!python/object/apply:os.system" in text
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(block(text))
    assert "tags" in mistake(text)


async def test_many_sections():
    text = content(await received("many_sections", outline()))
    assert len(yaml.safe_load(block(text))["sections"]) == 100
    assert len(parse(text, max_sections=3, topic="tea").sections) == 3


async def test_duplicate_sections():
    text = content(await received("duplicate_sections", outline()))
    assert len({part["title"] for part in yaml.safe_load(block(text))["sections"]}) == 1
    assert len(parse(text, max_sections=3, topic="tea").sections) == 1


@pytest.mark.parametrize(
    "fault", ["no_yaml", "yaml_bomb", "yaml_tags", "many_sections", "duplicate_sections", "repeating"]
)
async def test_a_fault_that_does_not_fit_leaves_the_answer_fine(fault):
    async with serving(pace=FAST, faults=Faults.script([fault])) as demo:
        assert await answer(demo, chat("hi")) == canned(read(chat("hi")))
        assert demo.counts.outcomes == {"completed": 1, "aborted": 0}
