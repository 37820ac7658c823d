"""The flows, and how far along each is."""

from collections.abc import Iterable, Sequence

from pocketflow import AsyncFlow

from service.core.brief import Brief, Rewrite
from service.core.events import Outline, Plan, Share, StageName
from service.stages.desk import Desk, Output, Research
from service.stages.finish import Finish
from service.stages.nodes import ApplyStyle, AwaitReview, GenerateOutline, RemoveRepetition, WriteContent
from service.stages.prompts import Prompts
from service.stages.research import GatherSources
from service.stages.rewrite import RewriteSection
from service.stages.stage import Shared

QUICK = Plan(stages=[Share("outline", 0, 33), Share("content", 33, 66), Share("style", 66, 100)])
REWRITE = Plan(stages=[Share("content", 0, 100)])
# How much of a full flow each stage is; what stands together is done at the same time.
WEIGHTS: list[tuple[list[StageName], int]] = [
    (["research"], 15),
    (["outline"], 10),
    (["content"], 40),
    (["style"], 30),
    (["seo", "image"], 5),
]


async def write(brief: Brief, desk: Desk, prompts: Prompts) -> str | None:
    """Research ▸ outline ▸ content ▸ style ▸ seo and image, as far as the brief asks for them.

    None if the outline is to be seen first: done again with a brief that says it was, the flow goes on from there.
    """
    shared: Shared = {"topic": brief.topic, "brief": brief, "desk": desk, "prompts": prompts}
    research, outline, review, content = GatherSources(), GenerateOutline(), AwaitReview(), WriteContent()
    repetition, style, finish = RemoveRepetition(), ApplyStyle(), Finish()
    research >> outline
    outline - "review" >> review
    outline - "write" >> content
    if brief.min_words is None:
        content >> style
    else:
        content >> repetition >> style
    style >> finish
    first = research if brief.research or brief.sources else outline
    await AsyncFlow(start=first).run_async(shared)  # ty: ignore[invalid-argument-type]
    return shared.get("final_article")


async def rewrite(wanted: Rewrite, content: str, brief: Brief, desk: Desk, prompts: Prompts) -> str:
    """The article with one section written anew."""
    research = desk.saved("research", None)
    shared: Shared = {
        "topic": brief.topic,
        "brief": brief,
        "desk": desk,
        "prompts": prompts,
        "research": research if isinstance(research, Research) else None,
    }
    await AsyncFlow(start=RewriteSection(wanted, content)).run_async(shared)  # ty: ignore[invalid-argument-type]
    return shared["final_article"]


def plan(brief: Brief, work: Rewrite | None) -> Plan:
    """The stages of a run, and what part of its progress each is."""
    if work is not None:
        return REWRITE
    if brief.min_words is None:
        return QUICK
    left_out = {
        "research": not (brief.research or brief.sources),
        "seo": not brief.seo_optimize,
        "image": not brief.include_image,
    }
    groups = [([stage for stage in stages if not left_out.get(stage)], weight) for stages, weight in WEIGHTS]
    return _shares([(stages, weight) for stages, weight in groups if stages])


def _shares(groups: Sequence[tuple[list[StageName], int]]) -> Plan:
    whole, at = sum(weight for _, weight in groups), 0
    shares: list[Share] = []
    for stages, weight in groups:
        shares += [Share(stage, round(100 * at / whole), round(100 * (at + weight) / whole)) for stage in stages]
        at += weight
    return Plan(stages=shares)


def progress(plan: Plan, completed: Iterable[tuple[StageName, int | None]], outline: Output | None) -> int:
    """0–100, from what is stored as completed: so it never falls within a run."""
    done = set(completed)
    reached = 0
    for share in plan.stages:
        parts = [section for stage, section in done if stage == share.stage]
        beside = [other.stage for other in plan.stages if other.start == share.start]
        whole = len(beside)
        if share.stage == "content" and any(parts):
            whole = len(outline.sections) if isinstance(outline, Outline) else 1
            made = len(parts)
        else:
            made = sum(1 for stage, _ in done if stage in beside)
        if parts:
            reached = max(reached, share.start + (share.end - share.start) * made // whole)
    return min(reached, 100)
