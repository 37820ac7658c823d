"""Who a request is made for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The workspace of a request, by which the newsroom decides what is visible. There is only one for now."""

    workspace: str = "default"


LOCAL = Caller()
