"""What was said, as it is stored and as the model is told."""

from datetime import UTC, datetime

import msgspec

from service.conversations import proposals
from service.conversations.proposals import Proposal
from service.models.model import Message
from service.store.conversations import ChatMessage


def decoded(said: ChatMessage) -> Proposal | None:
    return None if said.proposal is None else msgspec.json.decode(said.proposal, type=Proposal)


def answer(question: ChatMessage, text: str, proposal: Proposal | None, *, stopped: bool) -> ChatMessage:
    return ChatMessage(
        number=question.number + 1,
        role="assistant",
        content=text,
        created_at=datetime.now(UTC),
        stopped=stopped,
        proposal_id=None if proposal is None else proposal.id,
        proposal=None if proposal is None else msgspec.json.encode(proposal).decode(),
    )


def remembered(said: list[ChatMessage]) -> list[Message]:
    """The history for the model: with its proposals, without empty answers."""
    messages = [Message(one.role, _with_proposal(one)) for one in said]
    return [message for message in messages if message.content]


def _with_proposal(said: ChatMessage) -> str:
    proposal = decoded(said)
    return said.content if proposal is None else f"{said.content}\n\n{proposals.as_block(proposal)}"
