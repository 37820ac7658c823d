"""Extracts a page's text from its bytes. Runs as a process: pages on standard input, texts on standard output."""

import codecs
import os
import re
import resource
import sys
from contextlib import suppress

import msgspec
from charset_normalizer import from_bytes
from charset_normalizer.utils import any_specified_encoding
from trafilatura import bare_extraction, load_html
from trafilatura.meta import reset_caches
from trafilatura.metadata import examine_meta, extract_title
from trafilatura.settings import Document

from service.research.frames import HEAD, Question, Reading, framed

MAX_MEMORY = 1024**3
NICENESS = 10  # the service has priority
MAX_TITLE = 300
SAMPLE = 50_000
ASCII = bytes(range(128))
FOREIGN = re.compile(rb"[\x80-\xff][^<>\n]*")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
SYNONYMS = {"iso-8859-1": "cp1252"}  # as browsers read it


def main() -> None:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    questions, readings = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while head := questions.read(HEAD):
        question = msgspec.msgpack.decode(questions.read(int.from_bytes(head, "big")), type=Question)
        readings.write(framed(read(question)))
        readings.flush()
        reset_caches()  # they hold parts of pages


def read(question: Question) -> Reading:
    text, title = decoded(question.body, question.charset), ""
    if question.html:
        text, title = _main(text)
    text = CONTROLS.sub("", "\n".join(text.splitlines())).strip()
    title = " ".join(CONTROLS.sub(" ", title).split())
    return Reading(title=title[:MAX_TITLE], text=text[: question.max_characters].rstrip())


def _main(markup: str) -> tuple[str, str]:
    """The main text as Markdown, and the title."""
    tree = load_html(markup)
    if tree is None:
        return "", ""
    title = examine_meta(tree).title or extract_title(tree) or ""
    found = bare_extraction(tree, include_comments=False, include_formatting=True)
    return (found.text or "" if isinstance(found, Document) else ""), title


def decoded(body: bytes, charset: str | None) -> str:
    """Decode as UTF-8 if all but a few bytes fit, else as the server or page declares, else by detection."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    text = body.decode("utf-8", "replace")
    foreign = len(body.translate(None, delete=ASCII))
    if foreign and text.count("\ufffd") * 20 < foreign:
        return text
    for name in (charset, any_specified_encoding(body)):
        if name:
            with suppress(LookupError, UnicodeError):
                return body.decode(SYNONYMS.get(name.lower(), name))
    if not foreign:
        return text
    # Markup and scripts look like a Western language, whatever the language of the text.
    found = from_bytes(b" ".join(FOREIGN.findall(body))[:SAMPLE]).best()
    return body.decode(found.encoding, "replace") if found else text


if __name__ == "__main__":
    main()
