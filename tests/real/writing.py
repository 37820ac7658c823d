"""Articles by a real model, through a real server: what is asked of them, and what is wrong with one."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from service.core.events import Usage
from service.core.sections import sections
from service.core.words import count, split
from service.settings import ROOT
from service.wire.events import Done
from tests.server import Server
from tests.sse import Viewer

TOPICS = (
    "Why rivers meander", "The history of the bicycle", "How bees make honey", "城市里的垂直农场", "咖啡的历史",
    "Warum der Himmel blau ist", "Die Zukunft der Bahn in Deutschland", "Remote work: pros and cons",
    "An introduction to SQL joins", "Baking sourdough bread at home", "The moons of Jupiter",
    "C# vs. Java: which one to learn first?",
)  # fmt: skip
LEAST = 120  # words of an article, and
HEADINGS = 2
MORE_OR_LESS = 0.15  # of the words that are wanted
ECHO = 0.05  # share of an article's runs of words that may stand in our prompts by chance
RUN = 5  # words

_fence = re.compile(r"\s*```(?:markdown|md)?\s*\n.*\n```\s*", re.DOTALL)
_tag = re.compile(r"</?(?:topic|section|outline|covers|leaves|draft|article|text|instruction|synthesis)>")


@dataclass(frozen=True, slots=True)
class Report:
    topic: str
    viewer: Viewer
    result: dict[str, Any]

    @property
    def text(self) -> str:
        return self.result["content"]

    @property
    def usage(self) -> Usage:
        end = self.viewer.end
        return Usage(end.usage.prompt_tokens, end.usage.completion_tokens) if isinstance(end, Done) else Usage()


async def written(server: Server, topic: str, *, within: float, **brief: Any) -> Report:
    """An article on the topic; of the quick flow if nothing more is asked for."""
    path = "/articles/create" if brief else "/start-job"
    answer = await server.client.post(path, json={"topic": topic, **brief})
    assert answer.status_code < 300, answer.text
    article = answer.json().get("id") or answer.json()["job_id"]
    viewer = Viewer()
    async with asyncio.timeout(within), server.client.stream("GET", f"/progress/{article}", timeout=None) as stream:
        async for data in stream.aiter_raw():
            viewer.feed(data)
    return Report(topic, viewer, await server.get(f"/articles/{article}/result"))


def faults(report: Report, *, tokens: int, words: int | None = None) -> list[str]:
    """What keeps an article from being whole; with `words`, also from being about so long and ready to be found."""
    if not isinstance(report.viewer.end, Done):
        return [f"it did not end well: {report.viewer.end}"]
    text, found = report.text, sections(report.text)
    apart = 0 if words is None else abs(count(text) / words - 1)
    planned = report.result["outline"]["sections"] if report.result.get("outline") else []
    faults = {
        f"{count(text)} words": count(text) < LEAST or apart > MORE_OR_LESS,
        "no search fields": words is not None and not report.result.get("seo_meta"),
        f"{len(found)} headings": len(found) < HEADINGS,
        "not what was planned": bool(planned) and [s.title for s in found] != [s["title"] for s in planned],
        "a section without text": not all(section.body.strip() for section in found),
        "a fence around a text": any(_fence.fullmatch(part) for part in (text, *(s.body for s in found))),
        "a tag of a prompt": _tag.search(text) is not None,
        f"{echo(text):.2f} of it stands in the prompts": echo(text) > ECHO,
        f"{report.usage.completion_tokens} tokens": report.usage.completion_tokens > tokens,
        "watched otherwise than stored": report.viewer.texts["style", None] != text,
    }
    return [said for said, wrong in faults.items() if wrong]


def echo(text: str) -> float:
    """The share of the text's runs of words that stand in our prompts."""
    runs = _runs(text)
    return len([run for run in runs if run in _prompts()]) / max(len(runs), 1)


def _prompts() -> set[tuple[str, ...]]:
    return {run for path in (ROOT / "config" / "prompts").glob("*.md") for run in _runs(path.read_text())}


def _runs(text: str) -> list[tuple[str, ...]]:
    said = split(text)
    return [tuple(said[n : n + RUN]) for n in range(len(said) - RUN + 1)]
