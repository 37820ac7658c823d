"""Runs as a process: reads a job from standard input, writes the result to standard output."""

import os
import resource
import sys

import msgspec

from service.export.html import to_page
from service.export.jobs import Fragment, Job, Page, Pdf
from service.export.rendering import to_html

MAX_MEMORY = 1024**3
NICENESS = 10  # the service has priority


def main() -> None:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    made = make(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job))
    sys.stdout.buffer.write(made)


def make(job: Job) -> bytes:
    match job:
        case Pdf(document):
            from service.export.pdf import to_pdf  # noqa: PLC0415 typst takes longer to load than HTML to make

            return to_pdf(document)
        case Page(document):
            return to_page(document).encode()
        case Fragment(markdown):
            return to_html(markdown).encode()


if __name__ == "__main__":
    main()
