"""What docs/extending.md says is in the examples, which the other tests run."""

import re

import pytest

from service.settings import ROOT

DOCUMENT = ROOT / "docs" / "extending.md"
TEXT = DOCUMENT.read_text()
START = (ROOT / "docs" / "examples" / "extending" / "start.py").read_text().splitlines()
SHOWN = [line for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 120


def test_each_of_the_four_is_one_line_that_is_run() -> None:
    assert len(SHOWN) == 4
    assert set(SHOWN) <= set(START)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", TEXT))))
def test_its_links_lead_somewhere(path: str) -> None:
    assert (DOCUMENT.parent / path).exists()
