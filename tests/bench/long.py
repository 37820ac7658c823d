"""An article of 5,000 words against its longest section: sections are written at once, and edited at once."""

import json
import time
from typing import Any
from urllib.request import Request, urlopen

from tests.bench import processes
from tests.bench.rows import Row
from tests.bench.sizes import Sizes

BUDGET = 2.5
WITHIN = 600


def measure(sizes: Sizes) -> list[Row]:
    with processes.model(sizes.tps, sizes.ttft) as model, processes.pressroom(model) as server:
        whole, sections = _written(server, sizes.long_words)
    name = f"an article of {sizes.long_words} words"
    longest = max(sections)
    return [
        Row(name=f"{name}: its longest section", value=longest, unit="s", runs=sections),
        Row(name=f"{name}: all of it", value=whole, unit="s", ratio=whole / longest, limit=BUDGET),
    ]


def _written(server: processes.Server, words: int) -> tuple[float, list[float]]:
    """Seconds of the whole article, and of the writing of each section."""
    began = time.monotonic()
    brief = {"topic": "Rivers", "min_words": words, "language": "en"}
    article = _told(server, "/articles/create", brief)["id"]
    with urlopen(f"{server.url}/articles/{article}/events", timeout=WITHIN) as events:
        last = [line for line in events if line.startswith(b"event: ")][-1]
    took = time.monotonic() - began
    if last != b"event: done\n":
        raise processes.BenchError(f"the article did not end well: {last!r}")
    stages = _told(server, f"/articles/{article}/stages")
    return took, [stage["elapsed_ms"] / 1000 for stage in stages if stage["stage"] == "content"]


def _told(server: processes.Server, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(server.url + path, data, {"Content-Type": "application/json"}), timeout=60) as answer:
        return json.load(answer)
