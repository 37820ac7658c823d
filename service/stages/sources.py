"""The output of research: sources to cite, and how events and results show them."""

from collections.abc import Collection

import msgspec

from service.core.events import Output, StageData
from service.core.sentences import Sentence


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source that writers may cite as `[id]`."""

    id: int
    title: str
    url: str | None
    text: str


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A requested source that could not be read, and why."""

    url: str
    why: Sentence


class Research(Output, tag="research", frozen=True, kw_only=True):
    """The sources, a synthesis, and why a requested search failed."""

    sources: list[Source]
    synthesis: str
    unread: list[Unread] = msgspec.field(default_factory=list)
    search_failure: Sentence | None = None


class SourceRef(msgspec.Struct, frozen=True, kw_only=True):
    """A source as it is cited: `[id]`."""

    id: int
    title: str
    url: str | None


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """A requested source that could not be read, and why: in English, and as code and parameters."""

    url: str
    reason: str
    why: Sentence


class Sources(StageData, tag="sources", frozen=True, kw_only=True):
    """What research found."""

    sources: list[SourceRef]
    missed: list[Missed] = msgspec.field(default_factory=list)


def ids(research: Research | None) -> Collection[int]:
    return {source.id for source in research.sources} if research else set()
