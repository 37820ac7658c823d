"""Canned outlines and their YAML."""

import json
import re

from service.core.outline import Heading, Outline

MAX_SUBJECT = 60

ANGLES = (
    ("{}: where it begins", "the beginnings, with one plain example"),
    ("A closer look at {}", "the details that are easily missed"),
    ("{}: what it changes for us", "the consequences in daily life — large and small"),
    ("{} and the people behind it", "who cares about it, and why"),
    ("Common mistakes about {}", "what is often said and isn't so"),
    ("{} in numbers", "sizes, costs and how they compare"),
    ("{}, from morning to night", "one day and what happens in it"),
    ("{}: what is left open", "the questions nobody has answered"),
    ("{} elsewhere", "how other places and times went about it"),
    ("The tools for {}", "what is needed, and what is not"),
    ("{} for beginners", "the first steps, in order"),
    ("{}: where it goes from here", "the outlook, with due caution"),
)

# What would break YAML or a fence even between double quotes.
_unsafe = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff`]")


def outline(topic: str, sections: int) -> Outline:
    """An outline on any topic, marked as canned."""
    subject = shortened(topic)
    grounds = [covers for _, covers in ANGLES[: max(2, sections)]]
    headings = [
        Heading(title=_capital(title.format(subject)), covers=covers, leaves=grounds[(n + 1) % len(grounds)])
        for n, (title, covers) in enumerate(ANGLES[:sections])
    ]
    return Outline(title=f"{_capital(subject)} — canned demonstration text, not AI", sections=headings)


def as_yaml(plan: Outline) -> str:
    """The fenced block that the outline prompt requests."""
    lines = ["```yaml", f"title: {quoted(plan.title)}", "sections:"]
    for heading in plan.sections:
        lines.append(f"  - title: {quoted(heading.title)}")
        lines.append(f"    covers: {quoted(heading.covers)}")
        lines.append(f"    leaves: {quoted(heading.leaves)}")
    return "\n".join([*lines, "```"])


def shortened(text: str, limit: int = MAX_SUBJECT) -> str:
    """The text on one line, cut between words if possible."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit + 1].rpartition(" ")[0] or line[:limit]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def quoted(text: str) -> str:
    return _unsafe.sub(lambda unsafe: f"\\u{ord(unsafe[0]):04x}", json.dumps(text, ensure_ascii=False))
