"""`pressroom write`: writes an article in the terminal."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Collection
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from service.core import citations, languages
from service.core.brief import MAX_WORDS, MIN_WORDS, Brief, clean_line, clean_topic, sections
from service.core.errors import PressroomError, SettingsError
from service.core.sentences import Unfit
from service.core.texts import TextKey
from service.export.document import Document, Reference
from service.export.formats import FORMATS, by_ending
from service.export.markdown import to_markdown
from service.messages import say
from service.stages import flows
from service.stages.desk import Tools
from service.stages.prompts import Prompts
from service.stages.research import ResearchStage
from service.stages.sources import Research
from service.stages.stage import Shared
from service.terminal.desk import MemoryDesk, Paper
from service.terminal.lines import Lines, printable
from service.terminal.screen import Screen

log = logging.getLogger(__name__)

RESEARCHED_WORDS = 800


def brief(arguments: argparse.Namespace, tones: Collection[str]) -> Brief:
    """The brief of the arguments. SettingsError names an invalid one."""
    if arguments.output is not None and by_ending(arguments.output.suffix) is None:
        endings = ", ".join(f".{each.ending}" for each in FORMATS)
        raise SettingsError("output_format", path=str(arguments.output), endings=endings)
    if arguments.tone is not None and arguments.tone not in tones:
        raise SettingsError("tone", tones=", ".join(tones))
    min_words = arguments.words or (RESEARCHED_WORDS if arguments.research else None)
    if min_words is not None and not MIN_WORDS <= min_words <= MAX_WORDS:
        raise SettingsError("words", least=MIN_WORDS, most=MAX_WORDS)
    asked: dict[str, Any] = {"topic": _clean("TOPIC", lambda: clean_topic(arguments.topic)), "min_words": min_words}
    if min_words is not None:
        asked |= {"flow": "full", "max_sections": sections(min_words)}
    if arguments.tone is not None:
        asked["tone"] = arguments.tone
    if arguments.audience is not None:
        asked["target_audience"] = _clean("--audience", lambda: clean_line(arguments.audience, 200))
    return Brief(research=arguments.research, **asked)


def _clean(name: str, clean: Callable[[], str]) -> str:
    try:
        return clean()
    except Unfit as error:
        raise SettingsError("word", name=name, why=error.sentence) from None


async def write(asked: Brief, tools: Tools, prompts: Prompts, *, output: Path | None, live: bool) -> int:
    """Write an article, show its progress, output the text so far in any case, and return the exit code."""
    console, papers = Console(stderr=True), dict[TextKey, Paper]()
    screen = Screen(console, papers) if live and console.is_terminal else None
    desk = MemoryDesk(tools, screen or Lines(console), papers)
    with screen.live if screen else nullcontext():
        code, message = await _written(asked, desk, prompts)
    if message:
        print(f"pressroom: {message}", file=sys.stderr)
    if desk.text:
        code = max(code, await _give(_document(asked, desk), output))
    return code


def _document(asked: Brief, desk: MemoryDesk) -> Document:
    research, cited = desk.saved(ResearchStage.name, None), citations.cited(desk.text)
    sources = research.sources if isinstance(research, Research) else []
    return Document(
        title=desk.outline.title if desk.outline else asked.topic,
        markdown=desk.text,
        language=languages.tag(asked.language, desk.text, asked.topic) or "und",
        written_at=datetime.now(UTC).replace(microsecond=0),
        sources=tuple(Reference(id=s.id, title=s.title, url=s.url) for s in sources if s.id in cited),
    )


async def _written(asked: Brief, desk: MemoryDesk, prompts: Prompts) -> tuple[int, str]:
    shared: Shared = {"brief": asked, "desk": desk, "prompts": prompts}
    writing = asyncio.create_task(flows.run(flows.FLOWS[asked.flow], shared))
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, writing.cancel)
    try:
        await writing
    except asyncio.CancelledError:
        return 130, "stopped; this is the text so far" if desk.text else "stopped before there was any text"
    except PressroomError as error:
        return 1, say(error.sentence)
    except Exception:
        log.exception("the flow broke")  # the text so far is kept all the same
        return 1, "something went wrong while writing"
    return 0, ""


async def _give(document: Document, output: Path | None) -> int:
    if output is None:
        return 0 if _print(document) else 1
    if await _save(document, output):
        return 0
    _print(document)
    return 1


async def _save(document: Document, output: Path) -> bool:
    """Whether the file could be made and written."""
    wanted = by_ending(output.suffix)
    assert wanted is not None  # `brief` has seen to it
    try:
        made = await wanted.render(document)
        await asyncio.to_thread(output.write_bytes, made)
    except Exception:
        log.exception("%s can't be written: here is the text", output)
        return False
    print(f"pressroom: {output}", file=sys.stderr)
    return True


def _print(document: Document) -> bool:
    text = to_markdown(document)
    try:
        with open(sys.stdout.fileno(), "wb", closefd=False) as out:  # UTF-8, whatever the locale
            out.write((printable(text) if out.isatty() else text).encode(errors="replace"))
    except OSError as error:
        print(f"pressroom: standard output can't be written: {error.strerror}", file=sys.stderr)
        return False
    return True
