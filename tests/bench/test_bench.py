"""The bench works; what it finds is for whoever runs it, for machines differ."""

import json
import subprocess
import sys

import pytest

from tests.bench.processes import ROOT

pytestmark = [pytest.mark.process, pytest.mark.alone]


def test_cpu_gives_the_ratios(tmp_path):
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--only", "cpu", "--articles", "2"]
    ran = subprocess.run(
        [*command, "--json", str(figures)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    ratios = {row["name"]: row["ratio"] for row in json.loads(figures.read_text())["rows"]}
    assert ratios["CPU: byte relay, uvloop"] == 1
    for name in ("CPU: Pressroom", "CPU: usual stack"):
        assert ratios[name] > 0
        assert f"{ratios[name]:.2f} ×" in ran.stdout
