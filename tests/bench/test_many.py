"""The short version of what `python -m tests.bench.many` does for ten minutes."""

import subprocess
import sys

import pytest

from tests.bench.processes import ROOT

pytestmark = pytest.mark.process


def test_many_at_once_lose_nothing_and_leave_nothing():
    command = [sys.executable, "-m", "tests.bench.many", "--seconds", "4", "--tps", "120"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "nothing lost or repeated" in ran.stdout
