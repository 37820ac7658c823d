"""`pressroom model`: runs the demo model on its own."""

import argparse
import asyncio
import logging

from service import demo, logs
from service.core.errors import SettingsError

log = logging.getLogger(__name__)


def run(arguments: argparse.Namespace) -> int:
    logs.setup("readable", "info")
    faults = demo.Faults.parse(arguments.fault, seed=arguments.seed)
    pace = demo.Pace(arguments.tps, arguments.ttft)

    async def serve() -> None:
        async with demo.serving(host=arguments.host, port=arguments.port, pace=pace, faults=faults) as model:
            log.info("The demo model is at %s (canned text, no AI)", model.url)
            await asyncio.Event().wait()

    try:
        asyncio.run(serve())
    except (OSError, OverflowError) as error:
        said = error.strerror if isinstance(error, OSError) else None
        raise SettingsError("cant_listen", host=arguments.host, port=arguments.port, said=said or str(error)) from None
    return 0
