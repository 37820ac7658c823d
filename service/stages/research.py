"""Research: the brief's own sources, sources from a search engine, and a synthesis of both."""

import asyncio
from itertools import chain, zip_longest
from typing import ClassVar

from service.core import citations
from service.core.brief import Brief, Given
from service.core.errors import SearchFailed, SourceFailed, SourceRefused
from service.core.events import Output, StageData
from service.core.model_errors import ModelError, ModelNonsense
from service.core.sentences import Sentence
from service.messages import say
from service.models.model import Fitting, Message, Want
from service.research.engines import Hit, SearchEngine
from service.stages import languages, passages
from service.stages.desk import Desk, Skipped
from service.stages.fenced import line, load
from service.stages.prompts import sources as numbered
from service.stages.sources import Missed, Research, Source, SourceRef, Sources, Unread
from service.stages.stage import Shared, Silent, Stage, once, structured

HITS = 6  # per search
MAX_QUERIES = 3
MAX_QUERY = 200
QUERY_WORDS = 30
SYNTHESIS_WORDS = 500  # twice what the prompt asks for
MAX_FOUND = 8  # sources besides the brief's own
SYNTHESIS = 24_000  # characters of all sources used for the synthesis

SCHEMA = {
    "type": "object",
    "properties": {"queries": {"type": "array", "items": {"type": "string"}}},
    "required": ["queries"],
    "additionalProperties": False,
}


class ResearchStage(Stage):
    name, label, agent, weight, output, tells = "research", "Research", "ResearchAgent", 15, Research, Sources
    sentences: ClassVar = {
        "started": "Looking for sources",
        "completed": "Sources found",
        "own_only": "Only your own sources: {why}",
        "nothing": "{why}",
        "unread": "{url}: {why}",
    }

    @classmethod
    def wanted(cls, brief: Brief) -> bool:
        return brief.research or bool(brief.sources)

    @classmethod
    def public(cls, output: Output) -> StageData | None:
        if not isinstance(output, Research):
            return None
        listed = [SourceRef(id=source.id, title=source.title, url=source.url) for source in output.sources]
        missed = [Missed(url=page.url, reason=say(page.why), why=page.why) for page in output.unread]
        return Sources(sources=listed, missed=missed)

    @classmethod
    def completed(cls, output: Output, section: int | None) -> Sentence:
        if isinstance(output, Research) and output.search_failure is not None:
            return Sentence("research.own_only", {"why": output.search_failure})
        return super().completed(output, section)

    async def exec_async(self, prep_res: Shared) -> Research | None:
        output = await once(prep_res["desk"], self.name, None, lambda: _research(prep_res))
        return output if isinstance(output, Research) else None

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: Research | None) -> None:
        shared["research"] = exec_res
        shared["passages"] = await asyncio.to_thread(passages.of, exec_res.sources if exec_res else [])


async def _research(shared: Shared) -> Output:
    brief, desk = shared["brief"], shared["desk"]
    nothing: list[Given] = []
    found, failure = await _found(shared) if brief.research else (nothing, None)
    own = await asyncio.gather(*(_read(desk, given) for given in brief.sources))
    known = {given.url for given in brief.sources}
    others = await asyncio.gather(*(_read(desk, given) for given in found if given.url not in known))
    read = [page for page in others if isinstance(page, Given)][:MAX_FOUND]
    if others and not read:
        failure = Sentence("search_failed", {"reason": "no_page_read"})
    pages = [*(page for page in own if isinstance(page, Given)), *read]
    unread = [page for page in own if isinstance(page, Unread)]
    if not pages:
        why = [failure] if failure else []
        why += [Sentence("research.unread", {"url": page.url, "why": page.why}) for page in unread[:3]]
        return Skipped(Sentence("research.nothing", {"why": why}))
    sources = [
        Source(id=n, title=page.title or page.url or f"Source {n}", url=page.url, text=page.text or "")
        for n, page in enumerate(pages, start=1)
    ]
    synthesis = await _synthesis(shared, sources)
    return Research(sources=sources, synthesis=synthesis, unread=unread, search_failure=failure)


async def _found(shared: Shared) -> tuple[list[Given], Sentence | None]:
    """What the search engine finds for the brief, or why it finds nothing."""
    brief, engine = shared["brief"], shared["desk"].tools.engine
    if engine is None:
        reason = "no_engine" if brief.sources else "no_engine_no_sources"
        return [], Sentence("search_failed", {"reason": reason})
    return await _search(engine, await _queries(shared), brief.language or "en")


async def _queries(shared: Shared) -> list[str]:
    """Search queries from the model, or the topic itself."""
    brief = shared["brief"]
    try:
        want = Want(tokens=languages.tokens(MAX_QUERIES * QUERY_WORDS, brief), schema=SCHEMA)
        return await structured(shared, "research", shared["prompts"].ask("queries", brief), _parsed, _parsed, want)
    except ModelError:
        return [brief.topic[:MAX_QUERY]]


def _parsed(answer: str) -> list[str]:
    listed = load(answer).get("queries")
    queries = [line(query, MAX_QUERY) for query in listed] if isinstance(listed, list) else []
    if not any(queries):
        raise ModelNonsense("no_list", name="queries")
    return [query for query in queries if query][:MAX_QUERIES]


async def _search(engine: SearchEngine, queries: list[str], language: str) -> tuple[list[Given], Sentence | None]:
    """The hits, the best of each search first, or why there are none."""
    failures: list[Sentence] = []

    async def hits(query: str) -> list[Hit]:
        try:
            return await engine.search(query, limit=HITS, language=language)
        except SearchFailed as error:
            failures.append(error.sentence)
            return []

    ranks = zip_longest(*await asyncio.gather(*map(hits, queries)))
    found = {hit.url: Given(title=hit.title, url=hit.url) for hit in chain.from_iterable(ranks) if hit is not None}
    failure = None if found else next(iter(failures), Sentence("search_failed", {"reason": "nothing_found"}))
    return list(found.values())[: 2 * MAX_FOUND], failure


async def _read(desk: Desk, given: Given) -> Given | Unread:
    """The source with its text."""
    if given.url is None or given.text is not None:
        return given
    try:
        page = await desk.tools.fetcher.fetch(given.url)
    except (SourceFailed, SourceRefused) as error:
        return Unread(url=given.url, why=error.sentence)
    return Given(title=given.title or page.title, url=page.url, text=page.text)


async def _synthesis(shared: Shared, sources: list[Source]) -> str:
    """A summary of the sources. It may fail: the sources can be cited without it."""

    def within(room: int) -> list[Message]:
        share = room // len(sources)
        material = numbered((source.id, source.title, source.text[:share]) for source in sources)
        return shared["prompts"].ask("synthesis", shared["brief"], sources=material)

    try:
        want = Want(tokens=languages.tokens(SYNTHESIS_WORDS, shared["brief"]))
        listener = Silent(shared["desk"], "research")
        answer = await shared["desk"].tools.model.ask(Fitting(within, SYNTHESIS), listener, want)
    except ModelError:
        return ""
    text, _ = citations.known_only(answer.text, {source.id for source in sources})
    return text
