"""`pressroom model`: the demo model alone."""

import argparse
import asyncio
import logging

from service import demo, logs

log = logging.getLogger(__name__)


def run(words: argparse.Namespace) -> int:
    logs.setup("readable", "info")
    faults = demo.Faults.parse(words.fault, seed=words.seed)
    pace = demo.Pace(words.tps, words.ttft)

    async def serve() -> None:
        async with demo.serving(host=words.host, port=words.port, pace=pace, faults=faults) as model:
            log.info("The demo model is at %s (canned text, no AI)", model.url)
            await asyncio.Event().wait()

    asyncio.run(serve())
    return 0
