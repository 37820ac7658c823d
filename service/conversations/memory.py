"""What the model receives of a conversation: as many of the latest messages as fit."""

from collections.abc import Sequence

from service.models.model import Message

BYTES_A_TOKEN = 4  # in UTF-8: a Chinese character counts three times as much as a Latin letter
FRAME_TOKENS = 4  # tokens per message besides its text


def tokens(text: str) -> int:
    """Roughly how many tokens the text has."""
    return FRAME_TOKENS + -(-len(text.encode()) // BYTES_A_TOKEN)


def remembered(said: Sequence[Message], limit: int) -> list[Message]:
    """The latest messages that fit into so many tokens, always including the last, with alternating roles."""
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
    """Join unanswered questions into one: some providers refuse two messages of the same role in a row."""
    turns: list[Message] = []
    for message in messages:
        if turns and turns[-1].role == message.role:
            message = Message(message.role, f"{turns.pop().content}\n\n{message.content}")
        turns.append(message)
    return turns
