"""Writes the topics with a model that runs already: `OPENAI_BASE_URL=… python -m tests.real [--words 600] [topics]`."""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

from service.core.words import count
from tests.real.writing import TOPICS, faults, written
from tests.server import serving

SETTINGS = ("OPENAI_BASE_URL", "OPENAI_MODEL", "PRESSROOM_LOCAL_MODEL")


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--words", type=int, help="the full flow, with so many words")
    parser.add_argument("--keep", type=Path, help="folder for the texts")
    parser.add_argument("topics", nargs="*", type=int, help="numbers from 1; all if none is given")
    arguments = parser.parse_args()
    brief = {"min_words": arguments.words, "seo_optimize": True} if arguments.words else {}
    words = {name: os.environ[name] for name in SETTINGS if name in os.environ}
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder), **words) as server:
            for number in arguments.topics or range(1, len(TOPICS) + 1):
                began = time.monotonic()
                report = await written(server, TOPICS[number - 1], within=3_600, **brief)
                wrong = faults(report, tokens=3_500 if brief else 1_500, words=arguments.words)
                usage, took = report.usage, time.monotonic() - began
                figures = f"{number:2} {took:6.1f} s {count(report.text):5} words {usage.prompt_tokens:6} tokens read"
                print(f"{figures} {usage.completion_tokens:5} written  {'; '.join(wrong) or 'whole'}", flush=True)
                if arguments.keep:
                    arguments.keep.mkdir(exist_ok=True)
                    (arguments.keep / f"{number:02}.md").write_text(report.text)


asyncio.run(main())
