"""An article's text with its sources, figures and cost. Takes some time: run it off the event loop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from service.core import citations
from service.core.article import Article
from service.core.events import Output, Usage
from service.core.outline import Outline
from service.core.run import StageRun, Stored, revision
from service.core.sections import sections
from service.newsroom import drafts, history
from service.stages import passages, repetition
from service.stages.desk import Written
from service.stages.image import Image, ImageStage
from service.stages.outline import OutlineStage
from service.stages.research import ResearchStage
from service.stages.sections import Sections
from service.stages.seo import Seo, SeoStage, StoredSeo, fingerprint
from service.stages.sources import Research

Costs = Callable[[Usage], float | None]
NOTHING = Usage()
O = TypeVar("O", bound=Output)  # noqa: E741


@dataclass(frozen=True, slots=True)
class Cited:
    """A source that the text cites, with the passages given to the writers that cite it."""

    id: int
    title: str
    url: str | None
    passages: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    article: Article
    draft: bool
    outline: Outline | None
    seo: Seo | None
    seo_fits: bool  # written for the text that there is now
    image: Image | None
    revisions: dict[str, int]  # of what goes with the text, by stage
    research: Research | None
    cited: list[Cited]
    dropped_citations: int
    repetition_rate: float
    usage: Usage
    cost: float | None
    stages: list[tuple[StageRun, Output | None]]


class _Outputs:
    """The outputs of the stages, each record decoded once."""

    def __init__(self, stage_runs: list[StageRun]) -> None:
        self._records = history.latest(stage_runs)
        self._outputs = {key: history.output(record) for key, record in self._records.items()}

    def one(self, stage: str, kind: type[O], section: int | None = None) -> O | None:
        found = self._outputs.get((stage, section))
        return found if isinstance(found, kind) else None

    def all(self) -> list[tuple[StageRun, Output | None]]:
        return [(record, self._outputs[key]) for key, record in self._records.items()]


def of(stored: Stored, beside: Usage = NOTHING, costs: Costs = lambda used: used.cost) -> Result:
    """`beside` is what was used beside the runs."""
    used = [*(record.usage for record in stored.stage_runs), beside]
    outputs = _Outputs(stored.stage_runs)
    content = stored.article.content
    return Result(
        article=stored.article,
        draft=drafts.is_draft(stored.article),
        outline=outputs.one(OutlineStage.name, Outline),
        seo=(seo := outputs.one(SeoStage.name, Seo)),
        seo_fits=_fits(stored.article, seo),
        image=outputs.one(ImageStage.name, Image),
        revisions={stage: revision(stored.stage_runs, stage) for stage in (SeoStage.name, ImageStage.name)},
        research=outputs.one(ResearchStage.name, Research),
        cited=_cited(content, outputs),
        dropped_citations=sum(output.dropped for _, output in outputs.all() if isinstance(output, Written)),
        repetition_rate=round(repetition.rate([section.body for section in sections(content)]), 4),
        usage=sum(used, Usage()),
        cost=_cost(used, costs),
        stages=outputs.all(),
    )


def _fits(article: Article, seo: Seo | None) -> bool:
    if isinstance(seo, StoredSeo) and seo.written_for:
        return seo.written_for == fingerprint(article.title, article.content)
    return article.version <= 1  # fields of an earlier edition belong to the first text


def _cited(content: str, outputs: _Outputs) -> list[Cited]:
    research, outline = outputs.one(ResearchStage.name, Research), outputs.one(OutlineStage.name, Outline)
    if research is None:
        return []
    given: dict[int, list[str]] = {}
    every = passages.of(research.sources)
    for n, heading in enumerate(outline.sections if outline else [], start=1):
        written = outputs.one(Sections.name, Written, n)
        used = citations.cited(written.text) if written else set[int]()
        for passage in passages.chosen(every, f"{heading.title} {heading.covers}") if used else []:
            if passage.source.id in used and passage.text not in given.setdefault(passage.source.id, []):
                given[passage.source.id].append(passage.text)
    cited = citations.cited(content)
    return [
        Cited(source.id, source.title, source.url, given.get(source.id, []))
        for source in research.sources
        if source.id in cited
    ]


def _cost(used: list[Usage], costs: Costs) -> float | None:
    """None where nothing has a price."""
    each = [cost for cost in map(costs, used) if cost is not None]
    return round(sum(each), 6) if each else None
