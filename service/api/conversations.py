"""The stored conversations."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.api.chat_schemas import ConversationOut, ConversationPage, said_out, summary
from service.api.library_schemas import ID
from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.conversations.session import TOLD_CHARACTERS
from service.core.errors import BadInput, NotFound
from service.export.aside import aside

router = APIRouter(prefix="/conversations", tags=["chat"])


@router.get("/", responses=may(BadInput))
async def page(
    rooms: RoomsOf,
    caller: CallerOf,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(pattern=ID, description="`next_cursor` of the previous page")] = None,
    article: Annotated[str | None, Query(description="only conversations about this article")] = None,
) -> ConversationPage:
    """List conversations, newest first."""
    found = await rooms.conversations.page(caller.workspace, limit=limit + 1, after=cursor, article=article)
    more = len(found) > limit
    conversations = [summary(conversation) for conversation in found[:limit]]
    return ConversationPage(conversations=conversations, next_cursor=conversations[-1].id if more else None)


@router.get("/{conversation_id}", responses=may(NotFound))
async def conversation(conversation_id: str, rooms: RoomsOf, caller: CallerOf) -> ConversationOut:
    """The conversation with its latest messages."""
    stored = await rooms.conversations.get(caller.workspace, conversation_id)
    said = await rooms.conversations.latest(conversation_id, TOLD_CHARACTERS)
    messages = await aside(lambda: [said_out(one) for one in said])
    return ConversationOut(**summary(stored).model_dump(), messages=messages)


@router.delete("/{conversation_id}", status_code=204, responses=may(NotFound))
async def delete(conversation_id: str, rooms: RoomsOf, caller: CallerOf) -> Response:
    """Stop the conversation's answer, close its sockets, and remove it."""
    await rooms.hub.delete(caller, conversation_id)
    if rooms.entrance is not None:
        rooms.entrance.audit.note(caller, "conversation_deleted", conversation_id)
    return Response(status_code=204)
