"""`python -m tests.bench`: every measurement of the budget, one table, exit code 1 if a budget was missed."""

import argparse
import json
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path

from tests.bench import cpu, fan, full, hundred, idle, late, long, machines
from tests.bench.machine import Machine
from tests.bench.processes import BenchError
from tests.bench.rows import Row, table
from tests.bench.sizes import QUICK, Sizes

MEASURES = {
    "cpu": cpu.measure,
    "full": full.measure,
    "late": late.measure,
    "hundred": hundred.measure,
    "long": long.measure,
    "fan": fan.measure,
    "idle": idle.measure,
    "machines": machines.measure,
}
MOST = 100


def main() -> int:
    words = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sizes = QUICK if words.quick else Sizes()
    if words.articles:
        sizes = replace(sizes, articles=words.articles)
    if words.pairs:
        sizes = replace(sizes, pairs=words.pairs)
    machine = Machine()
    try:
        rows = _measured(words.only or list(MEASURES), sizes, words.against)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    about = machine.about()
    print(f"{about}\n\n{table(rows)}")
    if words.json:
        told = [asdict(row) | {"missed": row.missed} for row in rows]
        words.json.write_text(json.dumps({"about": about, "rows": told}, indent=1))
    return _verdict(rows, quick=words.quick)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--articles", type=_some, metavar="N", help="articles at once for cpu and late")
    parser.add_argument("--pairs", type=_some, metavar="N", help="how often cpu measures each beside the relay")
    parser.add_argument("--against", type=_checkout, metavar="PATH", help="another checkout, with its .venv, for cpu")
    parser.add_argument("--only", action="append", choices=MEASURES, help="only this, may be repeated")
    parser.add_argument("--quick", action="store_true", help="small sizes, which show no budget kept or missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def _some(text: str) -> int:
    """As many as the service writes at once by default: more would wait."""
    if not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"from 1 to {MOST}")
    return int(text)


def _checkout(text: str) -> Path:
    path = Path(text).resolve()
    if not (path / ".venv/bin/pressroom").exists():
        raise argparse.ArgumentTypeError(f"{path} has no .venv/bin/pressroom: run `uv sync` there")
    return path


def _measured(names: list[str], sizes: Sizes, against: Path | None) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += cpu.measure(sizes, against) if name == "cpu" else MEASURES[name](sizes)
    return rows


def _verdict(rows: list[Row], *, quick: bool) -> int:
    missed = [row.name for row in rows if row.missed]
    for name in missed:
        print(f"over budget: {name}{' (not judged at this size)' if quick else ''}")
    return 1 if missed and not quick else 0


if __name__ == "__main__":
    sys.exit(main())
