"""Each block of a text is where it is said to be."""

import re

import msgspec
import pytest

from service.export.blocks import Written, written

TEXTS = [
    ["# 🐝 Bees", "One\ntwo", "- a\n- b\n\n  c", "> said", "| a | b |\n|---|---|\n| 1 | 2 |"],
    ["    code\n\n    more", "```py\nx\n\ny\n```", "***", "Title\n---", "1. one", "text"],
    ["漢字🐝🐝", "## 🐝", "```\nopen\n\n```"],
]


@pytest.mark.parametrize("blocks", TEXTS)
@pytest.mark.parametrize("gap", ["\n\n", "\n \n\n\n", "\n\n[a]: https://example.org\n\n"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_it_is_found(blocks: list[str], gap: str, line: str) -> None:
    text = gap.join(["", *blocks, ""]).replace("\n", line)
    shown = msgspec.json.decode(written(text), type=Written)
    encoded = text.encode("utf-16-le")
    found = [encoded[2 * s.start : 2 * s.end].decode("utf-16-le").replace(line, "\n") for s in shown.blocks]
    assert found == blocks
    assert len(re.findall(r"^<(?!/|li|t[rdh]|code)", shown.html, re.MULTILINE)) >= len(blocks)
