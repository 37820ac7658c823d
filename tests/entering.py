"""The entrance of a test, where nothing but its gate matters."""

from typing import Any, cast

from service.access.audit import Audit
from service.access.entrance import Entrance
from service.access.gate import Gate
from service.access.rates import Allowed, Rates

MANY = "999999/minute"
ALLOWED = Allowed(key=MANY, workspace=MANY, messages=MANY, failed_sign_ins=MANY, streams=1_000)


def entrance(gate: Any) -> Entrance:
    nothing = cast("Any", None)
    return Entrance(gate=cast("Gate", gate), rates=Rates(ALLOWED), budgets=nothing, audit=Audit(nothing, 1))
