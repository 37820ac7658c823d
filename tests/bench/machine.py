"""Where and when it was measured, and how much others disturbed it."""

import os
import platform
import resource
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("fastapi", "uvicorn", "sse-starlette", "openai", "aiohttp", "uvloop", "msgspec")
TICK = os.sysconf("SC_CLK_TCK")


class Machine:
    def __init__(self) -> None:
        self._began, self._busy, self._own = time.monotonic(), _busy(), _own()

    def about(self) -> str:
        now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
        packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
        others = f"others kept {self.others():.0%} of them busy meanwhile"
        return f"{now}, {os.cpu_count()} cores, {others}\nPython {platform.python_version()}, {packages}"

    def others(self) -> float:
        """The share of the cores' time that went to processes that are not ours, or was stolen."""
        foreign = _busy() - self._busy - (_own() - self._own)
        return max(0.0, foreign / (time.monotonic() - self._began) / (os.cpu_count() or 1))


def _busy() -> float:
    """Seconds that all cores together have worked: user, nice, system, interrupts, stolen."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return sum(fields[i] for i in (0, 1, 2, 5, 6, 7)) / TICK


def _own() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
