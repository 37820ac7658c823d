"""A hundred articles at once, against the time that the model itself takes for the longest of them."""

from tests.bench import calls, processes
from tests.bench.loads import Found
from tests.bench.readers import read
from tests.bench.rows import Row
from tests.bench.sizes import Sizes

BUDGET = 1.15


def measure(sizes: Sizes) -> list[Row]:
    with processes.model(sizes.tps, sizes.ttft) as model, processes.pressroom(model) as server:
        runs = [read("articles", server, count=sizes.hundred, spacing=0) for _ in range(sizes.repeats)]
    walls, least = [found["wall"] for found in runs], _models_own(runs[0], sizes)
    ratio = min(walls) / least
    name = f"{sizes.hundred} articles at once"
    return [
        Row(name=f"{name}: the model's own time", value=least, unit="s"),
        Row(name=f"{name}: Pressroom", value=min(walls), unit="s", ratio=ratio, limit=BUDGET, runs=walls),
    ]


def _models_own(found: Found, sizes: Sizes) -> float:
    return max(_chain(number, lengths, sizes) for number, lengths in enumerate(found["lengths"]))


def _chain(number: int, lengths: dict[str, int], sizes: Sizes) -> float:
    """Seconds of the model along outline, longest section and style."""
    section = max(count for place, count in lengths.items() if place.startswith("content"))
    steps = (calls.outline_tokens(number), section, lengths["style"])
    return sum(sizes.ttft + (count - 1) / sizes.tps for count in steps)
