"""The bench works; what it finds is for whoever runs it, for machines differ."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.processes import ROOT

pytestmark = pytest.mark.process


@pytest.mark.parametrize(
    ("words", "yardstick", "beside"),
    [
        (("cpu", "--articles", "2"), "CPU: byte relay, uvloop", ("CPU: Pressroom", "CPU: usual stack")),
        pytest.param(
            ("full",),
            "one core, full: byte relay",
            ("one core, full: Pressroom", "one core, full: usual stack"),
            marks=pytest.mark.long,
        ),
    ],
)
def test_the_bench_gives_ratios(words, yardstick, beside, tmp_path):
    ran, ratios = bench(tmp_path, *words)
    assert ratios[yardstick] == 1
    for name in beside:
        assert ratios[name] > 0
        assert f"{ratios[name]:.2f} ×" in ran


@pytest.mark.long
def test_another_checkout_is_measured_beside_this_one(tmp_path):
    checkout = tmp_path / "before"
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/pressroom").symlink_to(Path(sys.executable).with_name("pressroom"))
    _, ratios = bench(tmp_path, "cpu", "--articles", "1", "--pairs", "2", "--against", str(checkout))
    assert ratios["CPU: the other checkout"] > 0
    assert ratios[f"CPU: Pressroom beside {checkout}"] > 0


def bench(folder: Path, *words: str) -> tuple[str, dict[str, float]]:
    """What a quick run of one measurement prints, and its ratios by name."""
    figures = folder / "figures.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", str(figures), "--only", *words]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout, {row["name"]: row["ratio"] for row in json.loads(figures.read_text())["rows"]}
