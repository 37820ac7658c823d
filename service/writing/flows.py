"""The flows, and how far along each is."""

from collections.abc import Iterable

from pocketflow import AsyncFlow

from service.events import Outline, StageName
from service.writing.brief import Brief
from service.writing.desk import Desk, Output
from service.writing.nodes import ApplyStyle, GenerateOutline, Shared, WriteContent
from service.writing.prompts import Prompts

# How far the article is when a stage has completed; the sections of the content share its part.
PROGRESS: dict[StageName, tuple[int, int]] = {"outline": (0, 33), "content": (33, 66), "style": (66, 100)}


async def write(brief: Brief, desk: Desk, prompts: Prompts) -> str:
    """The quick flow: outline ▸ content ▸ style."""
    shared: Shared = {"topic": brief.topic, "brief": brief, "desk": desk, "prompts": prompts}
    outline, content, style = GenerateOutline(), WriteContent(), ApplyStyle()
    outline >> content >> style
    await AsyncFlow(start=outline).run_async(shared)  # ty: ignore[invalid-argument-type]
    return shared["final_article"]


def progress(completed: Iterable[tuple[StageName, int | None]], outline: Output | None) -> int:
    """0–100, from what is stored as completed: so it never falls within a run."""
    done = set(completed)
    sections = len(outline.sections) if isinstance(outline, Outline) else 1
    written = sum(1 for stage, section in done if stage == "content" and section is not None)
    start, end = PROGRESS["content"]
    shares = [PROGRESS[stage][1] for stage, _ in done if stage in ("outline", "style")]
    return max([0, *shares, start + (end - start) * written // sections if written else 0])
