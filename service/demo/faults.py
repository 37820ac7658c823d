"""Which calls go wrong, and how."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import fsum
from typing import Self

from service.core.errors import SettingsError
from service.demo.answers import answer
from service.demo.asked import Asked, Kind
from service.demo.bad_answers import INSTEAD, SPOILED
from service.demo.broken_streams import BROKEN, STATUSES
from service.demo.script import Script, pieces

NAMES = (*STATUSES, *BROKEN, *SPOILED, *INSTEAD)


@dataclass(frozen=True, slots=True)
class Faults:
    """A plan of faults: some in order, then others by chance. A call gets at most one."""

    order: tuple[str | None, ...] = ()
    rates: tuple[tuple[str, float], ...] = ()
    seed: int | None = None
    retry_after: float = 1.0

    @classmethod
    def parse(cls, words: Iterable[str], *, seed: int | None = None, retry_after: float = 1.0) -> Self:
        """Faults by chance, from words such as `stall=0.05`; SettingsError names what can't be used."""
        rates = dict(map(_rate, words))
        if fsum(rates.values()) > 1 + 1e-9:
            raise SettingsError("fault_rates")
        return cls(rates=tuple(rates.items()), seed=seed, retry_after=retry_after)

    @classmethod
    def script(cls, order: Iterable[str | None], *, retry_after: float = 1.0) -> Self:
        """The first call's fault, the second's and so on; None is a fine answer, as are all that follow."""
        return cls(order=tuple(name and _known(name) for name in order), retry_after=retry_after)

    def draws(self) -> Iterator[str | None]:
        """Each call's fault, endlessly."""
        yield from self.order
        rng = random.Random(self.seed)
        names, rates = [name for name, _ in self.rates], [rate for _, rate in self.rates]
        weights = [*rates, max(0.0, 1 - fsum(rates))]
        while True:
            yield rng.choices([*names, None], weights)[0]


def fits(name: str, kind: Kind) -> bool:
    """Whether a call of this kind can go wrong that way."""
    return name not in INSTEAD or INSTEAD[name].kind in (None, kind)


def script(asked: Asked, fault: str | None) -> Script:
    """The answer, with the fault in it."""
    text = INSTEAD[fault].text(asked) if fault in INSTEAD else answer(asked)
    reshape = {**BROKEN, **SPOILED}.get(fault or "")
    told = Script(pieces(text))
    return reshape(told) if reshape else told


def _rate(word: str) -> tuple[str, float]:
    name, _, figure = word.partition("=")
    _known(name)
    try:
        rate = float(figure)
    except ValueError:
        raise SettingsError("fault_rate", name=name, figure=figure) from None
    if not 0 <= rate <= 1:
        raise SettingsError("fault_rate", name=name, figure=figure)
    return name, rate


def _known(name: str) -> str:
    if name not in NAMES:
        raise SettingsError("unknown_fault", name=name, names=", ".join(NAMES))
    return name
