"""One article to many viewers, beside the same bytes written to as many bare sockets at the same moments."""

import json
import tempfile
from pathlib import Path

from tests.bench import processes
from tests.bench.loads import Found
from tests.bench.readers import read
from tests.bench.rows import Row
from tests.bench.sizes import Sizes

BUDGET = 4.0


def measure(sizes: Sizes) -> list[Row]:
    ours: list[Found] = []
    bare: list[Found] = []
    with _model(sizes) as model, processes.pressroom(model) as server:
        read("articles", server, count=1, spacing=0)  # what a server loads with its first article is no viewer's
        for _ in range(sizes.repeats):
            ours.append(read("fan", server, viewers=sizes.viewers))
            bare.append(_bare(ours[-1], sizes.viewers))
    least = min(map(_cost, bare))
    return [
        _row(f"one article to {sizes.viewers}: bare sockets", bare, least),
        _row(f"one article to {sizes.viewers}: Pressroom", ours, least, BUDGET),
    ]


def _model(sizes: Sizes) -> processes.Running:
    return processes.stamping(
        tps=sizes.fan_tps,
        ttft=sizes.ttft,
        think=sizes.fan_wait,
        section=sizes.fan_section_tokens,
        style=sizes.fan_style_tokens,
    )


def _bare(recorded: Found, viewers: int) -> Found:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        schedule = Path(folder) / "schedule.json"
        schedule.write_text(json.dumps(recorded["schedule"]))
        with processes.ours("fanout", str(schedule), f"{viewers}") as server:
            return read("fan", server, viewers=viewers, path="/")


def _cost(found: Found) -> float:
    """Microseconds per viewer and event."""
    return found["cpu"] / found["events"] * 1e6


def _row(name: str, runs: list[Found], least: float, limit: float | None = None) -> Row:
    costs = [_cost(found) for found in runs]
    best = min(costs)
    return Row(name=name, value=best, unit="µs/viewer·event", ratio=best / least, limit=limit, runs=costs)
