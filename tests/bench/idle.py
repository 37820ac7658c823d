"""What a viewer costs who waits: memory of the server."""

from tests.bench import processes
from tests.bench.processes import BenchError
from tests.bench.readers import read
from tests.bench.rows import Row
from tests.bench.sizes import Sizes

BUDGET = 40.0


def measure(sizes: Sizes) -> list[Row]:
    with (
        processes.model(sizes.tps, sizes.ttft, "--fault", "silent=1") as model,
        processes.pressroom(model) as server,
    ):
        found = read("idle", server, viewers=sizes.viewers)
    if found["gone"]:
        raise BenchError(f"{found['gone']} idle viewers were cut off")
    kib = found["bytes"] / 1024
    return [Row(name=f"memory per idle viewer, of {sizes.viewers}", value=kib, unit="KB", limit=BUDGET)]
