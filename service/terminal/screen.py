"""Shows progress live: the sections side by side, then the edited article."""

from collections.abc import Iterator, Mapping

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from service.core.events import Output
from service.core.outline import Outline
from service.core.texts import ARTICLE, TextKey, draft
from service.stages.flows import text_key
from service.terminal.desk import Paper
from service.terminal.lines import Lines, named, printable

COLUMN = 34  # least width of a section
FRAMES = 8  # refreshes per second


class Screen(Lines):
    """Plain lines above, and below them the texts being written."""

    def __init__(self, console: Console, papers: Mapping[TextKey, Paper]) -> None:
        super().__init__(console)
        self._papers = papers
        self._titles: list[str] = []
        self.live = Live(self, console=console, refresh_per_second=FRAMES, transient=True)
        self._open: set[TextKey] = set()  # texts being written
        self._running: dict[tuple[str, int | None], str] = {}  # what the model does for a stage, if it takes long

    def started(self, stage: str, section: int | None) -> None:
        if (key := text_key(stage, section)) is not None:
            self._open.add(key)
        if section is None:  # a section's text itself shows that it has begun
            super().started(stage, section)

    def ended(self, stage: str, section: int | None, output: Output, seconds: float) -> None:
        if (key := text_key(stage, section)) is not None:
            self._open.discard(key)
        if isinstance(output, Outline):
            self._titles = [f"{n} {heading.title}" for n, heading in enumerate(output.sections, start=1)]
        self._running.pop((stage, section), None)
        super().ended(stage, section, output, seconds)

    def running(self, stage: str, section: int | None, what: str) -> None:
        self._running[stage, section] = what

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Group(*self._parts(console))

    def _parts(self, console: Console) -> Iterator[RenderableType]:
        room = max(6, console.height - 8)
        if ARTICLE in self._open:
            yield self._panel(ARTICLE, "The article", console.width, room)
        elif self._open:
            yield from self._sections(console, room)
        for (stage, section), what in self._running.items():
            yield Text(f"{named(stage, section)}: {what}", style="dim", no_wrap=True, overflow="ellipsis")

    def _sections(self, console: Console, room: int) -> Iterator[RenderableType]:
        count = len(self._titles)
        beside = max(1, min(count, console.width // COLUMN))
        height = max(5, room // -(-count // beside))
        for first in range(1, count + 1, beside):
            row = range(first, min(first + beside, count + 1))
            grid = Table.grid(expand=True)
            for _ in row:
                grid.add_column(ratio=1)
            width = console.width // len(row)
            grid.add_row(*(self._panel(draft(n), self._titles[n - 1], width, height) for n in row))
            yield grid

    def _panel(self, key: TextKey, title: str, width: int, height: int) -> Panel:
        paper = self._papers.get(key)
        text = printable(paper.value if paper else "")
        # Only the end is visible, so only as much as may fit is broken into lines.
        lines = Text(text[-width * height :]).wrap(self._console, max(8, width - 4))[-(height - 2) :]
        return Panel(
            Text("\n").join(lines),
            title=Text(printable(title), overflow="ellipsis"),
            height=height,
            border_style="green" if key in self._open else "dim",
        )
