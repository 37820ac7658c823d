"""The flows: which stages run in which order, and a run's progress."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Union

import msgspec
from pocketflow import AsyncFlow, AsyncNode

from service import messages
from service.core.brief import Brief
from service.core.events import Output, Place, Plan, Retry, Share, Words
from service.core.outline import Outline
from service.core.texts import TextKey
from service.stages.desk import Skipped, Written
from service.stages.edit import Edit
from service.stages.image import ImageStage
from service.stages.outline import OutlineStage
from service.stages.repetition import WithoutRepetition
from service.stages.research import ResearchStage
from service.stages.rewrite import RewriteSection
from service.stages.sections import Sections
from service.stages.seo import SeoStage
from service.stages.stage import PAUSE, AllAtOnce, Shared, Stage, Step


@dataclass(frozen=True)
class Flow:
    """Groups of nodes that run one after the other. The nodes of a group run at the same time."""

    groups: list[list[type[Step] | type[Sections]]]
    shares: tuple[int, ...] | None = None  # of the progress, by group; by default the stages' weights

    def stages(self) -> Iterator[type[Stage]]:
        return (stage for group in self.groups for stage in group if issubclass(stage, Stage))

    def wanted(self, brief: Brief) -> list[list[type[Step] | type[Sections]]]:
        groups = ([n for n in group if not issubclass(n, Stage) or n.wanted(brief)] for group in self.groups)
        return [group for group in groups if group]


QUICK = Flow([[OutlineStage], [Sections], [Edit]], shares=(33, 33, 34))
FULL = Flow([[ResearchStage], [OutlineStage], [Sections], [WithoutRepetition], [Edit], [SeoStage, ImageStage]])
REWRITE = Flow([[RewriteSection]])
FLOWS = {"quick": QUICK, "full": FULL, "rewrite": REWRITE}


@cache
def stages() -> dict[str, type[Stage]]:
    """All stages by name, in the order of the full flow. Of two with one name the first counts."""
    every: dict[str, type[Stage]] = {}
    for flow in (FULL, *FLOWS.values()):
        for stage in flow.stages():
            every.setdefault(stage.name, stage)
    for stage in every.values():
        said = {f"{stage.name}.{status}": sentence for status, sentence in stage.sentences.items()}
        messages.learn(said | {f"{stage.name}.label": stage.label})
    return every


def prompts() -> dict[str, str]:
    """The prompts that stand in the stages' own files."""
    return {name: text for stage in stages().values() for name, text in stage.prompts.items()}


@cache
def _decoder() -> msgspec.json.Decoder[Output]:
    outputs = {Written, Skipped, *(stage.output for stage in stages().values())}
    return msgspec.json.Decoder(Union[tuple(outputs)])  # noqa: UP007 there is no other way to a union of a list


def output(stored: str | None) -> Output | None:
    """Decode a stored output."""
    return None if stored is None else _decoder().decode(stored)


@cache
def data() -> Any:
    """The union of what events show of stages."""
    told = [stage.tells for stage in stages().values() if stage.tells is not None]
    return Union[tuple(dict.fromkeys([Place, Plan, Words, Retry, *told]))]  # noqa: UP007


def text_key(stage: str, section: int | None) -> TextKey | None:
    """The text that a stage run streams."""
    kind = stages()[stage].text if stage in stages() else None
    return None if kind is None else (kind, section if kind == "draft" else None)


class _Together(AllAtOnce):
    """Runs several stages at the same time."""

    def __init__(self, stages: list[AsyncNode]) -> None:
        super().__init__()
        self._stages = stages

    async def prep_async(self, shared: Shared) -> list[tuple[AsyncNode, Shared]]:
        return [(stage, shared) for stage in self._stages]

    async def exec_async(self, prep_res: tuple[AsyncNode, Shared]) -> None:
        stage, shared = prep_res
        await stage._run_async(shared)  # ty: ignore[invalid-argument-type]


class _Pause(AsyncNode):
    """Ends a flow so that people can review the outline. After the review, the flow runs again and skips this."""

    async def post_async(self, shared: Shared, prep_res: object, exec_res: object) -> None:
        shared["paused"] = True


async def run(flow: Flow, shared: Shared) -> bool:
    """Run the stages that the brief wants. False if the flow stopped for a review of the outline."""
    nodes = [_node([kind() for kind in group]) for group in flow.wanted(shared["brief"])]
    pause = _Pause()
    for node, after in pairwise(nodes):
        node >> after
        node - PAUSE >> pause
    await AsyncFlow(start=nodes[0]).run_async(shared)  # ty: ignore[invalid-argument-type]
    return not shared.get("paused")


def _node(group: list[AsyncNode]) -> AsyncNode:
    return group[0] if len(group) == 1 else _Together(group)


def plan(flow: Flow, brief: Brief) -> Plan:
    """The stages of a run, and each one's share of the progress."""
    groups = [[n for n in group if issubclass(n, Stage)] for group in flow.wanted(brief)]
    groups = [group for group in groups if group]
    weights = flow.shares or [max(stage.weight for stage in group) for group in groups]
    whole, at, shares = sum(weights), 0, list[Share]()
    for group, weight in zip(groups, weights, strict=True):
        start, end = round(100 * at / whole), round(100 * (at + weight) / whole)
        shares += [Share(stage.name, start, end) for stage in group]
        at += weight
    return Plan(stages=shares)


def progress(plan: Plan, completed: Iterable[tuple[str, int | None]], outline: Output | None) -> int:
    """0–100, computed from the completed stage runs, so that it never falls within a run."""
    done = set(completed)
    reached = 0
    for share in plan.stages:
        parts = [section for stage, section in done if stage == share.stage]
        beside = [other.stage for other in plan.stages if other.start == share.start]
        whole, made = len(beside), sum(1 for stage, _ in done if stage in beside)
        if any(parts):
            whole, made = len(outline.sections) if isinstance(outline, Outline) else 1, len(parts)
        if parts:
            reached = max(reached, share.start + (share.end - share.start) * made // whole)
    return min(reached, 100)
