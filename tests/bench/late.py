"""How old tokens are when they come to a viewer, and how long the first text takes."""

from tests.bench import processes
from tests.bench.loads import Found
from tests.bench.readers import read
from tests.bench.rows import Row, percentile
from tests.bench.sizes import Sizes

AGE = 100.0
FIRST = 20.0


def measure(sizes: Sizes) -> list[Row]:
    """The byte relay shows how much of it is the machine's own."""
    load = {"count": sizes.articles, "spacing": sizes.spread / sizes.articles, "stamped": True}
    relay: list[Found] = []
    ours: list[Found] = []
    with (
        _model(sizes) as model,
        processes.ours("relay", "--upstream", model.url) as bytes_only,
        processes.pressroom(model) as server,
    ):
        for _ in range(sizes.repeats):
            relay.append(read("streams", bytes_only, path="/v1/chat/completions", **load))
            ours.append(read("articles", server, **load))
    return [*_rows("byte relay", relay), *_rows("Pressroom", ours, age=AGE, first=FIRST)]


def _model(sizes: Sizes) -> processes.Running:
    return processes.stamping(
        tps=sizes.tps,
        ttft=sizes.ttft,
        think=sizes.ttft,
        section=sizes.section_tokens,
        style=sizes.style_tokens,
    )


def _rows(name: str, runs: list[Found], *, age: float | None = None, first: float | None = None) -> list[Row]:
    ages, firsts = [found["ages"] for found in runs], [found["first"] for found in runs]
    return [
        _row(f"age of tokens, median: {name}", ages, 0.5),
        _row(f"age of tokens, 99 %: {name}", ages, 0.99, age),
        _row(f"age of the first text, median: {name}", firsts, 0.5),
        _row(f"age of the first text, 99 %: {name}", firsts, 0.99, first),
    ]


def _row(name: str, microseconds: list[list[int]], part: float, limit: float | None = None) -> Row:
    runs = [percentile(run, part) / 1000 for run in microseconds]
    return Row(name=name, value=min(runs), unit="ms", limit=limit, runs=runs)
