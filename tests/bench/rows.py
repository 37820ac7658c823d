"""What a measurement gives: rows, some with a budget."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The ratio is held against the limits where there is one, else the value."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    limit: float | None = None
    least: float | None = None
    runs: Sequence[float] = ()
    ratios: Sequence[float] = ()  # of the pairs, where it was measured in pairs

    @property
    def missed(self) -> bool:
        judged = self.value if self.ratio is None else self.ratio
        too_much = self.limit is not None and judged > self.limit
        return too_much or (self.least is not None and judged < self.least)


def percentile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def table(rows: list[Row]) -> str:
    head = ("", "", "", "ratio", "budget", "all runs")
    body = [_cells(row) for row in rows]
    widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
    return "\n".join(_line(cells, widths) for cells in [head, *body])


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f} ×"
    verdict = "MISSED" if row.missed else "kept"
    budget = "" if row.limit is None else f"{verdict}, at most {row.limit:g}"
    if row.least is not None:
        budget = f"{verdict}, at least {row.least:g}"
    runs = " ".join(map(_figure, row.runs))
    if len(row.ratios) > 1:
        runs += " (pairs: {} ×)".format(" ".join(f"{each:.2f}" for each in row.ratios))
    return row.name, _figure(row.value), row.unit, ratio, budget, runs


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:.0f}"


def _line(cells: Sequence[str], widths: list[int]) -> str:
    name, value, unit, ratio, budget, runs = cells
    aligned = (
        name.ljust(widths[0]),
        value.rjust(widths[1]),
        unit.ljust(widths[2]),
        ratio.rjust(widths[3]),
        budget.ljust(widths[4]),
        runs,
    )
    return "  ".join(aligned).rstrip()
