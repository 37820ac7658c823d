"""A hundred articles at once, against the time that the model itself takes for the longest of them."""

from tests.bench import calls, processes
from tests.bench.readers import read
from tests.bench.rows import Row
from tests.bench.sizes import Sizes

BUDGET = 1.15


def measure(sizes: Sizes) -> list[Row]:
    with processes.model(sizes.tps, sizes.ttft) as model, processes.pressroom(model) as server:
        found = read("articles", server, count=sizes.hundred, spacing=0)
    chains = [_chain(number, lengths, sizes) for number, lengths in enumerate(found["lengths"])]
    longest = max(chains)
    return [
        Row(name=f"{sizes.hundred} articles at once: the model's own time", value=longest, unit="s"),
        Row(
            name=f"{sizes.hundred} articles at once: Pressroom",
            value=found["wall"],
            unit="s",
            ratio=found["wall"] / longest,
            limit=BUDGET,
        ),
    ]


def _chain(number: int, lengths: dict[str, int], sizes: Sizes) -> float:
    """Seconds of the model along outline, longest section and style."""
    section = max(count for place, count in lengths.items() if place.startswith("content"))
    steps = (calls.outline_tokens(number), section, lengths["style"])
    return sum(sizes.ttft + (count - 1) / sizes.tps for count in steps)
