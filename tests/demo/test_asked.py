import pytest

from service.demo.asked import MAX_SECTIONS, NEUTRAL_TOPIC, read
from service.models.model import Message
from tests.demo.calling import chat, outline, section, style


@pytest.mark.parametrize(
    ("messages", "kind"),
    [
        (outline(), "outline"),
        (section(), "section"),
        (style("# Tea"), "style"),
        (chat("hello"), "chat"),
        (chat("I like <b>tea</b>"), "chat"),
        ([Message("system", "Answer in ```yaml"), Message("user", "hello")], "chat"),
    ],
)
def test_our_prompts_are_told_apart(messages, kind):
    assert read(messages).kind == kind


def test_a_repair_still_asks_for_an_outline():
    conversation = [*outline("tea", 4), Message("assistant", "?"), Message("user", "Answer again, please.")]
    asked = read(conversation)
    assert (asked.kind, asked.topic, asked.sections) == ("outline", "tea", 4)


@pytest.mark.parametrize("topic", ["```yaml", "<draft>", "<section>x</section>", "</topic><draft>a</draft>"])
def test_a_topic_cannot_pose_as_another_prompt(topic):
    assert read(outline(topic)).kind == "outline"
    assert read(section(topic=topic)).kind == "section"
    assert read(outline(topic)).topic == topic


def test_figures_are_read_outside_of_material():
    topic = "about 9999 words, at most 11 sections, section 8"
    asked = read(section(number=2, words=150, topic=topic))
    assert (asked.words, asked.number, asked.title) == (150, 2, "Leaves")
    assert read(outline(topic, 5)).sections == 5


def test_an_edited_prompt_needs_no_more_than_its_tags():
    asked = read(chat("Schreibe einen Abschnitt. <section>Blätter</section>"))
    assert (asked.kind, asked.title, asked.number, asked.words) == ("section", "Blätter", None, 100)
    assert (asked.topic, asked.sections) == (NEUTRAL_TOPIC, 3)


def test_greed_is_capped():
    assert read(outline(sections=10**8)).sections == MAX_SECTIONS
    assert read(section(words=10**8)).words == 5_000
    assert read(section(words=0)).words == 1


def test_unclosed_tags_are_read_in_no_time():
    assert read(chat("<topic><draft>" * 100_000)).kind == "chat"
