"""What a run was answered by the model before its budget was spent, so that the next run need not pay for it again."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    text: str
    cut: bool


@dataclass(slots=True)
class Answers:
    """By a digest of what was asked."""

    before: dict[str, Kept] = field(default_factory=dict)  # of earlier runs
    now: dict[str, Kept] = field(default_factory=dict)
