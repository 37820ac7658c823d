"""What the model is told of a conversation: as much of its end as fits."""

from collections.abc import Sequence

from service.models.model import Message

BYTES_A_TOKEN = 4  # of UTF-8: so a Chinese character counts three times as much as a Latin letter
FRAME_TOKENS = 4  # what a message costs besides its text


def tokens(text: str) -> int:
    """About how many tokens a model makes of the text."""
    return FRAME_TOKENS + -(-len(text.encode()) // BYTES_A_TOKEN)


def remembered(said: Sequence[Message], limit: int) -> list[Message]:
    """The latest messages that fit into so many tokens, the last one in any case, each role in turn."""
    kept: list[Message] = []
    left = limit
    for message in reversed(said):
        left -= tokens(message.content)
        if left < 0 and kept:
            break
        kept.append(message)
    while len(kept) > 1 and kept[-1].role != "user":
        kept.pop()
    return _in_turn(kept[::-1])


def _in_turn(messages: list[Message]) -> list[Message]:
    """Questions that got no answer are put into one: some providers refuse two of the same role in a row."""
    turns: list[Message] = []
    for message in messages:
        if turns and turns[-1].role == message.role:
            message = Message(message.role, f"{turns.pop().content}\n\n{message.content}")
        turns.append(message)
    return turns
