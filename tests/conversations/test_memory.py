from service.conversations.memory import remembered, tokens
from service.models.model import Message


def said(*contents: str) -> list[Message]:
    return [Message("user" if n % 2 == 0 else "assistant", content) for n, content in enumerate(contents)]


def test_all_is_remembered_while_it_fits() -> None:
    short = said("a", "b", "c")
    assert remembered(short, 1_000) == short


def test_the_oldest_are_forgotten_first() -> None:
    long = said(*(f"{n} " + "x" * 400 for n in range(9)))
    kept = remembered(long, 350)
    assert kept == long[-3:]
    assert sum(tokens(message.content) for message in kept) <= 350


def test_it_begins_with_a_question() -> None:
    long = said(*(f"{n} " + "x" * 400 for n in range(9)))
    assert remembered(long, 250) == long[-1:]


def test_the_question_is_never_forgotten() -> None:
    assert remembered(said("a", "b", "x" * 10_000), 10) == said("a", "b", "x" * 10_000)[-1:]
    assert remembered([], 10) == []


def test_questions_without_an_answer_become_one() -> None:
    messages = [Message("user", "a"), Message("user", "b"), Message("assistant", "c"), Message("user", "d")]
    assert remembered(messages, 100) == [Message("user", "a\n\nb"), Message("assistant", "c"), Message("user", "d")]


def test_every_script_costs() -> None:
    assert tokens("word " * 100) < tokens("汉" * 500) < 2 * 500
