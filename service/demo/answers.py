"""Canned answers: the same for the same prompt, and clearly marked as canned."""

import random
import re
import textwrap
import zlib
from collections.abc import Iterator
from itertools import cycle, islice

from service.core import words
from service.demo import outlines, phrases, revisions
from service.demo.asked import Asked

PARAGRAPH = 4  # sentences
SHORTEST_END = 8  # words
BEARS = 7  # words of a draft per word added to it

HONEST = "Hello there — what follows is canned demonstration text, so enjoy it for its pace."

_sentence_ends = re.compile(r"[.!?…。！？]+")
_no_prose = re.compile(r"\s|$|[#>|<=]|[-*+] |\d+[.)] |-{3}|\*{3}|_{3}|`{3}|~{3}|!\[")


def answer(asked: Asked) -> str:
    """The demo model's answer to a prompt."""
    match asked.kind:
        case "queries":
            return f"```yaml\nqueries:\n  - {outlines.quoted(outlines.shortened(asked.topic))}\n```"
        case "synthesis":
            return _synthesis(asked)
        case "seo":
            return _seo(asked)
        case "outline":
            return outlines.as_yaml(outlines.outline(asked.topic, asked.sections))
        case "titles":
            planned = outlines.outline(asked.topic, asked.sections).sections
            return "\n".join(f"{n}. {heading.title}" for n, heading in enumerate(planned, start=1))
        case "section":
            return section(asked)
        case "style":
            return "\n".join(_conversational(asked)) or HONEST
        case "form":
            return _form(asked)
        case "chat":
            return _chat(asked)
        case "proposal":
            return _proposal(asked)
        case "revision":
            return revisions.revised(asked.passage, asked.rest, random.Random(asked.seed))


def section(asked: Asked) -> str:
    """A section of exactly the requested number of words, unless that is too few for the title."""
    rng = random.Random(asked.seed)
    name = outlines.shortened(_sentence_ends.sub(" ", asked.title))
    label = "this section" if asked.number is None else f"section {asked.number}"
    said = [f"{label.capitalize()}, “{name}”, comes as canned demonstration text — no AI wrote it."]
    left = asked.words - words.count(said[0])
    if left < SHORTEST_END:
        return _enumeration(f"Canned text for {label}:", asked.words, rng)
    for sentence in phrases.sentences(rng, asked.number or zlib.crc32(name.encode())):
        cited = _cited(sentence, _source(asked, len(said)))
        if left - words.count(cited) < SHORTEST_END:
            break
        said.append(cited)
        left -= words.count(cited)
    source = _source(asked, len(said))
    said.append(_cited(_enumeration(f"What {label} leaves us:", left - bool(source), rng), source))
    return "\n\n".join(" ".join(said[n : n + PARAGRAPH]) for n in range(0, len(said), PARAGRAPH))


def _source(asked: Asked, n: int) -> int | None:
    """A citation for every other sentence."""
    return asked.sources[((asked.number or 0) + n // 2) % len(asked.sources)] if n % 2 and asked.sources else None


def _cited(sentence: str, source: int | None) -> str:
    return f"{sentence.rstrip('.')} [{source}]." if source else sentence


def _enumeration(lead: str, length: int, rng: random.Random) -> str:
    """A sentence of so many words."""
    things = cycle(rng.sample(phrases.THINGS, len(phrases.THINGS)))
    count = length - words.count(lead) - 1
    if count < 2:
        return " ".join([*lead.rstrip(":").split(" "), *islice(things, 2)][:length]) + "."
    *most, last = islice(things, count)
    return f"{lead} {', '.join(most)} and {last}."


def _conversational(asked: Asked) -> Iterator[str]:
    """The draft's lines, with as many opening sentences before its paragraphs as its length allows."""
    openers = phrases.openers(random.Random(asked.seed))
    whole = asked.draft.startswith("#")  # not a section alone
    opener, begins, fenced = HONEST if whole else next(openers), True, False
    room = words.count(asked.draft) // BEARS
    for line in asked.draft.split("\n"):
        fence = line.lstrip().startswith(("```", "~~~"))
        bears = opener is HONEST or words.count(opener) <= room
        if begins and bears and not fenced and not _no_prose.match(line):
            line = f"{opener} {line}"
            room -= words.count(opener)
            opener, begins = next(openers), False
        yield line
        fenced ^= fence
        begins |= line.startswith("#")


def _synthesis(asked: Asked) -> str:
    said = islice(phrases.sentences(random.Random(asked.seed), 0), len(asked.sources))
    cited = map(_cited, said, asked.sources)
    return f"A canned synthesis, no AI read the sources. {' '.join(cited)}"


def _seo(asked: Asked) -> str:
    subject = outlines.shortened(asked.topic, 40)
    keywords = [word for word in re.findall(r"\w+", subject.lower()) if len(word) > 2] or ["article"]
    return "\n".join(
        [
            "```yaml",
            f"seo_title: {outlines.quoted(f'{subject}: canned text')}",
            f"meta_description: {outlines.quoted(f'Canned demonstration text about {subject}; no AI wrote it.')}",
            "keywords:",
            *(f"  - {outlines.quoted(word)}" for word in dict.fromkeys(keywords)),
            f"slug: {outlines.quoted('-'.join(keywords))}",
            "```",
        ]
    )


def _form(asked: Asked) -> str:
    """The form itself, when nobody knows what it is for."""
    _, fence, rest = asked.rest.partition("```yaml")
    form, _, _ = rest.partition("```")
    return f"{fence}{form}```"


def _chat(asked: Asked) -> str:
    openers = phrases.openers(random.Random(asked.seed))
    quote = outlines.shortened(asked.said, 200)
    return (
        f"You wrote: “{quote}”\n\n{next(openers)} I am the demo model — my answers are canned, no AI is at "
        "work here. With a key of your own, a real model will answer in my place."
    )


def _proposal(asked: Asked) -> str:
    text = textwrap.indent(section(asked), "  ")
    return (
        f"I am the demo model — all I can propose for section {asked.number} is canned text, no AI wrote it.\n\n"
        f"```yaml\nsection: {asked.number}\ntext: |\n{text}\n```"
    )
