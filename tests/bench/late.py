"""How old tokens are when they come to a viewer, and how long the first text takes."""

from tests.bench import processes
from tests.bench.loads import Found
from tests.bench.readers import read
from tests.bench.rows import Row, percentile
from tests.bench.sizes import Sizes

AGE = 50.0
FIRST = 20.0


def measure(sizes: Sizes) -> list[Row]:
    load = {"count": sizes.articles, "spacing": sizes.spread / sizes.articles, "stamped": True}
    lengths = ("--section", f"{sizes.section_tokens}", "--style", f"{sizes.style_tokens}")
    pace = ("--tps", f"{sizes.tps}", "--ttft", f"{sizes.ttft}", "--think", f"{sizes.ttft}")
    with processes.ours("upstream", *pace, *lengths) as model:
        with processes.ours("relay", "--upstream", model.url) as server:
            relay = read("streams", server, path="/v1/chat/completions", **load)
        with processes.pressroom(model) as server:
            ours = read("articles", server, **load)
    return [*_rows("byte relay", relay), *_rows("Pressroom", ours, age=AGE, first=FIRST)]


def _rows(name: str, found: Found, *, age: float | None = None, first: float | None = None) -> list[Row]:
    ages, firsts = found["ages"], found["first"]
    return [
        _row(f"age of tokens, median: {name}", percentile(ages, 0.5)),
        _row(f"age of tokens, 99 %: {name}", percentile(ages, 0.99), age),
        _row(f"age of the first text, median: {name}", percentile(firsts, 0.5)),
        _row(f"age of the first text, 99 %: {name}", percentile(firsts, 0.99), first),
    ]


def _row(name: str, microseconds: float, limit: float | None = None) -> Row:
    return Row(name=name, value=microseconds / 1000, unit="ms", limit=limit)
