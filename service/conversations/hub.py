"""The sessions of all conversations that are active in this process."""

import asyncio

from uuid_utils.compat import uuid7

from service.conversations.session import Session
from service.conversations.setup import Setup
from service.core.caller import Caller
from service.core.errors import NotFound


class Hub:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._sessions: dict[str, Session] = {}
        self._closed = False
        self._changes = 0  # that were heard of

    def __len__(self) -> int:
        return len(self._sessions)

    async def enter(self, caller: Caller, conversation_id: str | None, article_id: str | None) -> Session:
        """Join the session, or a new one without an id. NotFound if the conversation or article doesn't exist.

        A conversation is stored with its first question, so opening one leaves nothing behind.
        """
        if conversation_id is None:
            session = await self._new(caller, article_id)
        else:
            session = await self._found(caller, conversation_id)
        session.people += 1
        if self._closed:
            session.close()
        return session

    def leave(self, session: Session) -> None:
        session.people -= 1
        self._left(session)

    async def delete(self, caller: Caller, conversation_id: str) -> None:
        """Stop its answer, close its sockets, and remove it."""
        await self._setup.conversations.get(caller.workspace, conversation_id)
        session = self._sessions.get(conversation_id) or self._open(caller, conversation_id, None)
        session.people += 1  # keeps the closed session, so that nobody can start the conversation again meanwhile
        session.close()
        try:
            await session.ended()
            await self._setup.conversations.delete(conversation_id)
        finally:
            self.leave(session)
        self._sessions.pop(conversation_id, None)

    def changed(self, conversation_id: str) -> None:
        """A process has changed a conversation, perhaps this one. Without an id, it may be any."""
        self._changes += 1
        for session in [*self._sessions.values()]:
            if conversation_id in ("", session.id):
                session.changed()

    def close(self) -> None:
        """Close all sockets, so that clients reconnect to the next process; answers are stored as far as they got."""
        self._closed = True
        for session in self._sessions.values():
            session.close()

    async def ended(self) -> None:
        """Wait until everything that has begun is stored."""
        await asyncio.gather(*(session.ended() for session in list(self._sessions.values())))

    async def _new(self, caller: Caller, article_id: str | None) -> Session:
        if article_id is not None:
            await self._setup.newsroom.get(caller, article_id)
        return self._open(caller, str(uuid7()), article_id)

    async def _found(self, caller: Caller, conversation_id: str) -> Session:
        if (session := self._sessions.get(conversation_id)) is not None:
            if session.caller.workspace != caller.workspace:
                raise NotFound("conversation")
            return session
        changes = self._changes
        now = await self._setup.conversations.standing(caller.workspace, conversation_id)
        if (session := self._sessions.get(conversation_id)) is None:
            session = self._open(caller, conversation_id, now.article_id)
            session.join(now)
            if changes != self._changes:
                session.changed()
        return session

    def _open(self, caller: Caller, conversation_id: str, article_id: str | None) -> Session:
        session = Session(caller, conversation_id, article_id, self._setup, lambda: self._left(session))
        self._sessions[conversation_id] = session
        self._setup.log.hear("conversations", self.changed)
        return session

    def _left(self, session: Session) -> None:
        if session.idle and self._sessions.get(session.id) is session:
            del self._sessions[session.id]
