"""What research gives: sources to cite, and what is told of them."""

from collections.abc import Collection

import msgspec

from service.core.events import Output, StageData
from service.core.sentences import Sentence


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What writers may cite as `[id]`."""

    id: int
    title: str
    url: str | None
    text: str


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A source that was asked for and could not be read, and why."""

    url: str
    why: Sentence


class Research(Output, tag="research", frozen=True, kw_only=True):
    """The sources, what they say in short, and why a search that was asked for gave none."""

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
    """A source that was asked for and could not be read, and why: in English, and as code and parameters."""

    url: str
    reason: str
    why: Sentence


class Sources(StageData, tag="sources", frozen=True, kw_only=True):
    """What the research has found."""

    sources: list[SourceRef]
    missed: list[Missed] = msgspec.field(default_factory=list)


def ids(research: Research | None) -> Collection[int]:
    return {source.id for source in research.sources} if research else set()
