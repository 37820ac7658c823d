"""How far one can go back and forward, whatever was done in between."""

import pytest

from service.core.article import Reason
from service.core.undoing import Step, step


def of(*reasons: Reason) -> list[tuple[int, Reason]]:
    return list(enumerate(reasons, start=1))


@pytest.mark.parametrize(
    ("reasons", "back", "forward"),
    [
        ((), None, None),
        (("written",), None, None),
        (("written", "edited"), Step(1, 2, "edited"), None),
        (("written", "edited", "undone"), None, Step(2, 2, "edited")),
        (("written", "edited", "undone", "redone"), Step(1, 2, "edited"), None),
        (("written", "edited", "revised", "undone", "undone"), None, Step(2, 2, "edited")),
        (("written", "edited", "revised", "undone"), Step(1, 2, "edited"), Step(3, 3, "revised")),
        (("written", "edited", "undone", "accepted"), Step(1, 4, "accepted"), None),
        (("written", "edited", "restored"), Step(2, 3, "restored"), None),
        (("written", "edited", "restored", "undone"), Step(1, 2, "edited"), Step(3, 3, "restored")),
    ],
)
def test_steps(reasons: tuple[Reason, ...], back: Step | None, forward: Step | None) -> None:
    assert step(of(*reasons)) == back
    assert step(of(*reasons), forward=True) == forward
