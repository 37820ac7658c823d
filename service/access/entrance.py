"""All that decides who gets in, and how much they may. There is none where nobody has to sign in."""

from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.access.audit import Audit
from service.access.budgets import Budgets
from service.access.gate import Gate
from service.core.caller import Caller
from service.core.errors import LimitReached

if TYPE_CHECKING:  # loaded where it is needed
    from service.access.rates import Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    gate: Gate
    rates: "Rates"
    budgets: Budgets
    audit: Audit

    async def failed(self, address: str) -> None:
        """Note a key, session or token that is not valid, and refuse more of them if there were too many."""
        self.audit.failed(address)
        with self._noting(Caller(workspace="", address=address)):
            await self.rates.fails(address)

    async def says(self, caller: Caller) -> None:
        """Count a message over a web socket, or refuse it."""
        with self._noting(caller):
            await self.rates.says(caller)

    @contextmanager
    def _noting(self, caller: Caller) -> Generator[None]:
        try:
            yield
        except LimitReached as error:
            self.audit.limited(caller, error.standing.name)
            raise

    def works(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on until the server stops."""
        return [self.gate.note_uses(), self.gate.visits.look(), self.audit.serve()]
