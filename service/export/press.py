"""Runs as a process: reads a job from standard input, writes the result to standard output."""

import os
import resource
import sys
from importlib import import_module
from typing import get_type_hints

import msgspec

MAX_MEMORY = 1024**3
NICENESS = 10  # the service has priority


class Job(msgspec.Struct, frozen=True):
    """A function of a module, and what it is to make something of."""

    module: str
    function: str
    material: msgspec.Raw  # of the type that the function takes


def main() -> None:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    made = make(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job))
    sys.stdout.buffer.write(made)


def make(job: Job) -> bytes:
    function = getattr(import_module(job.module), job.function)
    kind = next(iter(get_type_hints(function).values()))
    made = function(msgspec.msgpack.decode(job.material, type=kind))
    return made.encode() if isinstance(made, str) else made


if __name__ == "__main__":
    main()
