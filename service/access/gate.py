"""Says who a request is for: by its key, or by the session of somebody who signed in with one."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta

from service.access import keys
from service.core.caller import Caller
from service.core.errors import Unauthorized
from service.core.key import Key
from service.store.keys import Keys

IDLE, LONGEST = timedelta(days=7), timedelta(days=30)  # of a session
NOTED = 60.0  # seconds between notes of when keys and sessions were last used
TOKEN_BYTES = 32


class Gate:
    def __init__(self, store: Keys, secret: bytes) -> None:
        self.store = store
        self._secret = secret
        self._used: dict[str, datetime] = {}  # of keys and sessions by digest, not stored yet

    async def by_key(self, text: str) -> Caller:
        if not keys.well_formed(text):
            raise Unauthorized("key")
        return self._entered(await self.store.find(self._digest(text)), self._digest(text))

    async def by_session(self, token: str) -> Caller:
        return self._entered(await self.store.of_session(self._digest(token), IDLE), self._digest(token))

    def _entered(self, key: Key | None, digest: str) -> Caller:
        now = datetime.now(UTC)
        if key is None or not key.valid(now):
            raise Unauthorized("key")
        self._used[digest] = now
        return Caller(key.workspace, key.role, key.name, key.id, rate=key.rate)

    def _digest(self, text: str) -> str:
        return keys.digest(self._secret, text)

    # -- keys

    async def create(
        self, workspace: str, name: str, role: str, expires_at: datetime | None, **limits: str | float | None
    ) -> tuple[Key, str]:
        """A new key and its text, which can't be had again."""
        text = keys.make()
        return await self.store.create(workspace, name, role, self._digest(text), text[-4:], expires_at, limits), text

    async def rotate(self, workspace: str | None, key_id: str) -> tuple[Key, str]:
        """Give a key a new text. The old one is no longer valid."""
        text = keys.make()
        return await self.store.rotate(workspace, key_id, self._digest(text), text[-4:]), text

    # -- sessions

    async def sign_in(self, text: str) -> tuple[Caller, str]:
        """A session for who has the key, and its token."""
        caller = await self.by_key(text)
        assert caller.key is not None
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await self.store.begin_session(self._digest(token), caller.key, LONGEST)
        return caller, token

    async def sign_out(self, token: str) -> None:
        await self.store.end_session(self._digest(token))

    async def note_uses(self) -> None:
        """Store, now and then and at the end, when keys and sessions were last used: not with each request."""
        try:
            while True:
                await asyncio.sleep(NOTED)
                await self._note()
        finally:
            await self._note()

    async def _note(self) -> None:
        used, self._used = self._used, {}
        if used:
            await self.store.used(used)
