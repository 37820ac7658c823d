"""Decides which calls fail, and how."""

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
    """A plan of faults: first some in order, then others at random. A call gets at most one."""

    order: tuple[str | None, ...] = ()
    rates: tuple[tuple[str, float], ...] = ()
    seed: int | None = None
    retry_after: float = 1.0

    @classmethod
    def parse(cls, words: Iterable[str], *, seed: int | None = None, retry_after: float = 1.0) -> Self:
        """Random faults from arguments such as `stall=0.05`. SettingsError names an invalid one."""
        rates = dict(map(_rate, words))
        if fsum(rates.values()) > 1 + 1e-9:
            raise SettingsError("fault_rates")
        return cls(rates=tuple(rates.items()), seed=seed, retry_after=retry_after)

    @classmethod
    def script(cls, order: Iterable[str | None], *, retry_after: float = 1.0) -> Self:
        """The faults of the first calls in order. None means no fault, as for all later calls."""
        return cls(order=tuple(name and _known(name) for name in order), retry_after=retry_after)

    def draws(self) -> Iterator[str | None]:
        """The fault of each call, endlessly."""
        yield from self.order
        rng = random.Random(self.seed)
        names, rates = [name for name, _ in self.rates], [rate for _, rate in self.rates]
        weights = [*rates, max(0.0, 1 - fsum(rates))]
        while True:
            yield rng.choices([*names, None], weights)[0]


def fits(name: str, kind: Kind) -> bool:
    """Whether a call of this kind can have that fault."""
    return name not in INSTEAD or INSTEAD[name].kind in (None, kind)


def script(asked: Asked, fault: str | None) -> Script:
    """The answer with the fault applied."""
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
