"""Shows progress as plain lines."""

import unicodedata

from rich.console import Console
from rich.text import Text

from service.core import words
from service.core.events import Output
from service.core.outline import Outline
from service.messages import say
from service.stages.desk import Skipped, Written
from service.stages.flows import stages
from service.stages.sources import Research


class Lines:
    def __init__(self, console: Console) -> None:
        self._console = console

    def started(self, stage: str, section: int | None) -> None:
        self._say(
            f"{named(stage, section)}: {stages()[stage].sentences['started'].lower() if section is None else 'writing'}"
        )

    def ended(self, stage: str, section: int | None, output: Output, seconds: float) -> None:
        self._say(f"{named(stage, section)}: {outcome(output)}, {seconds:.1f} s")
        if isinstance(output, Research):
            for source in output.sources:
                self._say(f"  [{source.id}] {source.title} {source.url or ''}")
            for page in output.unread:
                self._say(f"  not read: {page.url}: {say(page.why)}")

    def retrying(self, stage: str, section: int | None, why: str) -> None:
        self._say(f"{named(stage, section)}: {why}; trying again")

    def running(self, stage: str, section: int | None, what: str) -> None:
        """Said on a screen only: lines that nobody looks at are the same as without waiting."""

    def _say(self, line: str) -> None:
        self._console.print(Text(printable(line.strip("\n"))), soft_wrap=True)


def named(stage: str, section: int | None) -> str:
    return stage if section is None else f"section {section}"


def outcome(output: Output) -> str:
    match output:
        case Outline():
            return f"{len(output.sections)} sections"
        case Research():
            return f"{len(output.sources)} sources"
        case Written():
            return f"{words.count(output.text)} words"
        case Skipped():
            return f"skipped: {say(output.why)}"
    return "done"


def printable(text: str) -> str:
    """The text without control characters, because it comes from models and web pages."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
