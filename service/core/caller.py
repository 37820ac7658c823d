"""On whose behalf something is done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The workspace whose articles they are. There is one for now; the newsroom decides by it what is to be seen."""

    workspace: str = "default"


LOCAL = Caller()
