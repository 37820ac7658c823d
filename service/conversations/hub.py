"""The talks that are going on in this process."""

import asyncio

from uuid_utils.compat import uuid7

from service.conversations.session import Office, Talk


class Talks:
    def __init__(self, office: Office) -> None:
        self._office = office
        self._talks: dict[str, Talk] = {}
        self._closed = False

    def __len__(self) -> int:
        return len(self._talks)

    async def enter(self, conversation_id: str | None, article_id: str | None) -> Talk:
        """The talk, with one more in it; a new one without an id. NotFound if there is no such conversation or article.

        A conversation is stored with its first question: nobody who only looks in leaves anything behind.
        """
        talk = await self._new(article_id) if conversation_id is None else await self._found(conversation_id)
        talk.people += 1
        if self._closed:
            talk.close()
        return talk

    def leave(self, talk: Talk) -> None:
        talk.people -= 1
        self._left(talk)

    async def delete(self, conversation_id: str) -> None:
        """Stop it, send everybody out, and remove it."""
        await self._office.conversations.get(conversation_id)
        talk = self._talks.get(conversation_id) or self._open(conversation_id, None)
        talk.people += 1  # whoever comes meanwhile enters a closed talk, and can't begin the conversation anew
        talk.close()
        try:
            await talk.ended()
            await self._office.conversations.delete(conversation_id)
        finally:
            self.leave(talk)
        self._talks.pop(conversation_id, None)

    def close(self) -> None:
        """Everybody has to leave, and comes back to whoever serves next; answers are stored as far as they came."""
        self._closed = True
        for talk in self._talks.values():
            talk.close()

    async def ended(self) -> None:
        """What was begun is stored."""
        await asyncio.gather(*(talk.ended() for talk in list(self._talks.values())))

    async def _new(self, article_id: str | None) -> Talk:
        if article_id is not None:
            await self._office.articles.get(article_id)
        return self._open(str(uuid7()), article_id)

    async def _found(self, conversation_id: str) -> Talk:
        if (talk := self._talks.get(conversation_id)) is not None:
            return talk
        conversation = await self._office.conversations.get(conversation_id)
        return self._talks.get(conversation_id) or self._open(conversation_id, conversation.article_id)

    def _open(self, conversation_id: str, article_id: str | None) -> Talk:
        talk = Talk(conversation_id, article_id, self._office, lambda: self._left(talk))
        self._talks[conversation_id] = talk
        return talk

    def _left(self, talk: Talk) -> None:
        if talk.idle and self._talks.get(talk.id) is talk:
            del self._talks[talk.id]
