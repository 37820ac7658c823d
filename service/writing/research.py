"""Research: sources from the asker and from a search engine, and what they say in short."""

import asyncio
from itertools import chain, zip_longest

from pocketflow import AsyncNode

from service.errors import ModelError, ModelNonsense, SearchFailed, SourceFailed, SourceRefused
from service.events import Missed, Usage
from service.writing.brief import Given
from service.writing.desk import Desk, Research, Skipped, Source
from service.writing.fenced import line, load
from service.writing.prompts import sources as numbered
from service.writing.stage import Done, Shared, Silent, once, structured

HITS = 6  # of each search
MAX_QUERIES = 3
MAX_QUERY = 200
MAX_FOUND = 8  # sources besides the asker's own
SYNTHESIS = 24_000  # characters of all sources together that the synthesis is made from


class GatherSources(AsyncNode):
    async def prep_async(self, shared: Shared) -> Shared:
        return shared

    async def exec_async(self, prep_res: Shared) -> Research | None:
        output = await once(prep_res["desk"], "research", None, lambda: _research(prep_res))
        return output if isinstance(output, Research) else None

    async def post_async(self, shared: Shared, prep_res: Shared, exec_res: Research | None) -> None:
        shared["research"] = exec_res


async def _research(shared: Shared) -> Done:
    brief, desk = shared["brief"], shared["desk"]
    reason, usage, attempts = "there is no search engine and no source was given", Usage(), 1
    found: list[Given] = []
    if brief.research and desk.tools.engine is not None:
        queries, usage, attempts = await _queries(shared)
        found, reason = await _search(desk, queries, brief.language)
    own = await asyncio.gather(*(_read(desk, given) for given in brief.sources))
    known = {given.url for given in brief.sources}
    others = await asyncio.gather(*(_read(desk, given) for given in found if given.url not in known))
    pages = [page for page in own if isinstance(page, Given)]
    pages += [page for page in others if isinstance(page, Given)][:MAX_FOUND]
    missed = [miss for miss in own if isinstance(miss, Missed)]
    if not pages:
        if own or others:
            reason = "; ".join(["no source could be read", *(miss.reason for miss in missed[:3])])
        return Skipped(reason), usage, attempts
    sources = [
        Source(id=n, title=page.title or page.url or f"Source {n}", url=page.url, text=page.text or "")
        for n, page in enumerate(pages, start=1)
    ]
    synthesis, more, again = await _synthesis(shared, sources)
    return Research(sources=sources, synthesis=synthesis, missed=missed), usage + more, attempts + again - 1


async def _queries(shared: Shared) -> tuple[list[str], Usage, int]:
    """What to search for; the topic itself if the model has no idea."""
    brief = shared["brief"]
    try:
        return await structured(shared, "research", shared["prompts"].ask("queries", brief), _parsed, _parsed)
    except ModelError:
        return [brief.topic[:MAX_QUERY]], Usage(), 1


def _parsed(answer: str) -> list[str]:
    listed = load(answer).get("queries")
    queries = [line(query, MAX_QUERY) for query in listed] if isinstance(listed, list) else []
    if not any(queries):
        raise ModelNonsense("there is no list under `queries`")
    return [query for query in queries if query][:MAX_QUERIES]


async def _search(desk: Desk, queries: list[str], language: str | None) -> tuple[list[Given], str]:
    """What was found, the best of each search first; or why nothing was."""
    engine = desk.tools.engine
    assert engine is not None
    searches = [engine.search(query, limit=HITS, language=language or "en") for query in queries]
    answers = await asyncio.gather(*searches, return_exceptions=True)
    for failed in (answer for answer in answers if isinstance(answer, BaseException)):
        if not isinstance(failed, SearchFailed):
            raise failed
        reason = failed.message
    hits = chain.from_iterable(zip_longest(*(answer for answer in answers if isinstance(answer, list))))
    found = {hit.url: Given(title=hit.title, url=hit.url) for hit in hits if hit is not None}
    if all(isinstance(answer, SearchFailed) for answer in answers):
        return [], reason
    return list(found.values())[: 2 * MAX_FOUND], "the search found nothing"


async def _read(desk: Desk, given: Given) -> Given | Missed:
    """The source with its text."""
    if given.url is None or given.text is not None:
        return given
    try:
        page = await desk.tools.fetcher.fetch(given.url)
    except (SourceFailed, SourceRefused) as error:
        return Missed(url=given.url, reason=error.message)
    return Given(title=given.title or page.title, url=page.url, text=page.text)


async def _synthesis(shared: Shared, sources: list[Source]) -> tuple[str, Usage, int]:
    """Without one the sources still stand."""
    share = SYNTHESIS // len(sources)
    material = numbered((source.id, source.title, source.text[:share]) for source in sources)
    messages = shared["prompts"].ask("synthesis", shared["brief"], sources=material)
    try:
        answer = await shared["desk"].tools.model.ask(messages, Silent(shared["desk"], "research"))
    except ModelError:
        return "", Usage(), 1
    return answer.text, answer.usage, answer.attempts
