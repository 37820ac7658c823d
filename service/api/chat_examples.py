"""The OpenAPI document's examples of conversations."""

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from service.api.chat_schemas import (
    ChangeOut,
    ConversationOut,
    ConversationPage,
    ConversationSummary,
    ProposalOut,
    SaidOut,
)

ASKED = datetime(2026, 11, 21, 14, 2, 11, 70312, UTC)
ANSWERED = ASKED + timedelta(milliseconds=1_730)
ANSWER = "I would begin with the *bank*, not with the fallen tree."

CONVERSATION = ConversationSummary(
    id="01a1fe6a-2f0c-7b53-9d1c-0f5f7a3d2b11",
    title="Make section one shorter",
    article_id="01a1fe48-86ea-7526-a345-5dbbc81927d6",
    created_at=ASKED,
    updated_at=ANSWERED,
)
CHANGES = [
    ChangeOut(kind="same", text="## A bend begins\n\n"),
    ChangeOut(kind="removed", text="A fallen tree or a soft patch of bank"),
    ChangeOut(kind="added", text="A soft bank"),
    ChangeOut(kind="same", text=" turns the water a little to one side."),
]
PROPOSAL = ProposalOut(
    id="01a1fe6a-35ce-7d02-8b1f-5f0f5e0c9a77",
    base=1,
    section=1,
    text="## A bend begins\n\nA soft bank turns the water a little to one side.",
    difference=CHANGES,
    applied=None,
)
SAID = (
    SaidOut(
        number=1, role="user", content=CONVERSATION.title, html=None, stopped=False, proposal=None, created_at=ASKED
    ),
    SaidOut(
        number=2, role="assistant", content=ANSWER, stopped=False, proposal=PROPOSAL, created_at=ANSWERED,
        html="<p>I would begin with the <em>bank</em>, not with the fallen tree.</p>\n",
    ),
)  # fmt: skip

BODIES: tuple[BaseModel, ...] = (
    *CHANGES,
    PROPOSAL,
    *SAID,
    CONVERSATION,
    ConversationOut(**CONVERSATION.model_dump(), messages=list(SAID)),
    ConversationPage(conversations=[CONVERSATION], next_cursor=CONVERSATION.id),
)
