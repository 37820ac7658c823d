"""Says who a request is for: by its key, by a token of an issuer, or by the session of somebody who signed in."""

import asyncio
import secrets
import time
from collections.abc import Collection, Coroutine
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

from service.access import keys, people
from service.access.visits import Pass, Visits
from service.core.caller import Account, Caller
from service.core.errors import Unauthorized
from service.core.key import Key
from service.store.keys import Keys

if TYPE_CHECKING:  # loaded where an issuer is set
    from service.access.sign_in import SignIns

Found = TypeVar("Found", Key | None, Key | Caller | None)

IDLE, LONGEST = timedelta(days=7), timedelta(days=30)  # of a session
LONGEST_OF_PEOPLE = timedelta(days=1)  # then the issuer is asked again who they are
RECENT = 1.0  # seconds for which what was looked up is used again: a look-up costs as much as half a request
MOST_RECENT = 10_000
NOTED = 10.0  # seconds between notes of when keys and sessions were last used
TOKEN_BYTES = 32


class Gate:
    def __init__(self, store: Keys, secret: bytes, sign_ins: "SignIns | None" = None) -> None:
        self.store = store
        self.sign_ins = sign_ins
        self.visits = Visits(self._still_valid)
        self._secret = secret
        self._used: dict[str, datetime] = {}  # of keys and sessions by digest, not stored yet
        self._recent: dict[str, tuple[float, Key | Caller]] = {}  # what was found by these digests, and when
        self._entered: set[str] = set()  # workspaces that tokens have opened

    @property
    def issuer(self) -> str | None:
        """Where people can sign in to the page, as it is called there."""
        return self.sign_ins.trusted.label if self.sign_ins is not None and self.sign_ins.trusted.client_id else None

    async def by_key(self, text: str) -> Pass:
        if not keys.well_formed(text):
            raise Unauthorized("key")
        digest = self._digest(text)
        return self._passed(self._again(digest) or await self._looked_up(digest, self.store.find(digest)), digest)

    async def by_session(self, token: str) -> Pass:
        digest = self._digest(token)
        found = self._again(digest) or await self._looked_up(digest, self.store.of_session(digest, IDLE))
        return self._passed(found, digest)

    async def by_token(self, text: str) -> Pass:
        """By a token of the issuer, while it lasts."""
        if self.sign_ins is None:
            raise Unauthorized("key")
        trusted = self.sign_ins.trusted
        claims = await self.sign_ins.issuer.claims(text, trusted.audience)
        caller = people.person(claims, trusted)
        if caller.workspace not in self._entered:
            await self.store.be_there(caller.workspace)
            self._entered.add(caller.workspace)
        return Pass(caller, until=datetime.fromtimestamp(claims["exp"], UTC))

    def _again(self, digest: str) -> Key | Caller | None:
        at, found = self._recent.get(digest, (-inf, None))
        return found if time.monotonic() - at < RECENT else None

    async def _looked_up(self, digest: str, looking: Coroutine[Any, Any, Found]) -> Found:
        recent, at = self._recent, time.monotonic()
        found = await looking
        if found is not None:
            if len(recent) == MOST_RECENT:
                recent.clear()
            recent[digest] = at, found  # of no use if something has ended meanwhile
        return found

    async def _ended(self) -> None:
        """Something is no longer valid: nothing goes on by it."""
        self._recent = {}
        await self.visits.end_invalid()

    def _passed(self, found: Key | Caller | None, digest: str) -> Pass:
        now = datetime.now(UTC)
        if isinstance(found, Caller) and self.sign_ins is not None:
            caller = found
        elif isinstance(found, Key) and found.valid(now):
            caller = Caller(found.workspace, found.role, found.name, found.id, rate=found.rate)
        else:
            raise Unauthorized("key")
        self._used[digest] = now
        return Pass(caller, digest)

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
        """Give a key a new text. The old one is no longer valid. Conflict if none would be."""
        text = keys.make()
        key = await self.store.rotate(workspace, key_id, self._digest(text), text[-4:])
        await self._ended()
        return key, text

    async def revoke(self, workspace: str | None, key_id: str) -> Key | None:
        """End a key, its sessions, and what is open by them. None if it was revoked before."""
        key = await self.store.revoke(workspace, key_id)
        await self._ended()
        return key

    # -- sessions

    async def sign_in(self, text: str) -> tuple[Caller, str]:
        """A session for who has the key, and its token."""
        caller = (await self.by_key(text)).caller
        return caller, await self.begin_session(caller, LONGEST)

    async def begin_session(self, caller: Caller, longest: timedelta) -> str:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await self.store.begin_session(self._digest(token), caller, longest)
        return token

    async def sign_out(self, token: str) -> None:
        await self.store.end_session(self._digest(token))
        await self._ended()

    async def accounts(self, workspace: str) -> list[Account]:
        """Who is signed in there without a key."""
        return await self.store.accounts(workspace, IDLE)

    async def sign_out_account(self, workspace: str, subject: str) -> str:
        """End the sessions of somebody without a key, and what is open by them. Their name."""
        name = await self.store.sign_out(workspace, subject)
        await self._ended()
        return name

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

    async def _still_valid(self, digests: Collection[str]) -> set[str]:
        """Those of the keys and sessions that are; whose streams are open is using them."""
        valid = await self.store.valid(digests, IDLE)
        self._used |= dict.fromkeys(valid, datetime.now(UTC))
        return valid
