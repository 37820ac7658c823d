"""What `pressroom write` gives out is what a server's export would be."""

import re
from pathlib import Path

import pytest

from service.core.brief import Brief
from service.terminal.command import write
from tests.stages.test_newsroom import PROMPTS, Engine, Pages, newsroom

ASKED = Brief(topic="Honey bees", flow="full", min_words=300, research=True)
FOUND = [f"https://{name}.example/" for name in ("a", "b", "c")]


@pytest.mark.parametrize("file", ["a.md", None])
async def test_the_sources_that_it_cites_stand_below_it(
    file: str | None, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    output = tmp_path / file if file else None
    async with newsroom(engine=Engine(FOUND), fetcher=Pages()) as (desk, _):
        assert await write(ASKED, desk.tools, PROMPTS, output=output, live=False) == 0
    out, _ = capfdbinary.readouterr()
    text = (output.read_bytes() if output else out).decode()
    body, _, notes = text.rpartition("\n\n")
    cited = set(re.findall(r"\[\^(\d)\]", body))
    assert cited
    assert notes.splitlines() == [f"[^{n}]: {FOUND[int(n) - 1]}, <{FOUND[int(n) - 1]}>" for n in sorted(cited)]
    assert text.endswith(">\n")


@pytest.mark.process
async def test_a_page_and_a_pdf_have_them_too(tmp_path: Path) -> None:
    async with newsroom(engine=Engine(FOUND), fetcher=Pages()) as (desk, _):
        for name in ("a.html", "a.pdf"):
            assert await write(ASKED, desk.tools, PROMPTS, output=tmp_path / name, live=False) == 0
    assert 'id="source-1"' in (tmp_path / "a.html").read_text()
    assert b"https://a.example/" in (tmp_path / "a.pdf").read_bytes()
