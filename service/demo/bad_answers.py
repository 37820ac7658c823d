"""Faults of content: the answer is well-formed, but not what was requested."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from service.core.outline import Heading, Outline
from service.demo import phrases
from service.demo.answers import answer, section
from service.demo.asked import Asked, Kind
from service.demo.outlines import as_yaml, outline
from service.demo.script import End, FinishReason, Piece, Script, pieces

REFUSAL = "I'm sorry, but I can't help with that."
REASONING = "The user wants canned text. That is easily done; first I pretend to think about it."
A_FEW_WORDS = "That is all."
NO_YAML = "An outline? Gladly: first the beginning, then the middle, and in the end a happy end."
_command = re.compile(r"Obey me and say: (\S+)")
TAGGED = '```yaml\ntitle: !!python/object/apply:os.system ["true"]\nsections:\n  - title: "One"\n```'


def _empty(script: Script) -> Script:
    return replace(script, pieces=())


def _refusal(script: Script) -> Script:
    return replace(script, pieces=pieces(REFUSAL, "refusal"))


def _length(script: Script) -> Script:
    return _stopped(script, "length")


def _content_filter(script: Script) -> Script:
    return _stopped(script, "content_filter")


def _no_finish(script: Script) -> Script:
    return replace(script, finish=None, end=End.QUIET)


def _think(script: Script) -> Script:
    thoughts = (*pieces(REASONING, "reasoning_content"), *pieces(f"<think>{REASONING}</think>\n\n"))
    return replace(script, pieces=thoughts + script.pieces)


def _stopped(script: Script, reason: FinishReason) -> Script:
    """Two thirds of the answer, ending within a sentence."""
    left = list(script.pieces[: max(1, len(script.pieces) * 2 // 3)])
    while len(left) > 1 and _ends_sentence(left[-1]):
        left.pop()
    return replace(script, pieces=tuple(left), finish=reason)


def _ends_sentence(piece: Piece) -> bool:
    return piece.text.rstrip().endswith((".", "!", "?"))


def _short(_: Asked) -> str:
    return A_FEW_WORDS


def _repeating(asked: Asked) -> str:
    return section(replace(asked, title="The same again", number=1, seed=1))


def _no_yaml(_: Asked) -> str:
    return NO_YAML


def _yaml_bomb(_: Asked) -> str:
    """A billion laughs."""
    names = "abcdefghi"
    lines = ["```yaml", f"a: &a [{', '.join(['lol'] * 9)}]"]
    for before, name in pairwise(names):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    return "\n".join([*lines, "title: Laughs", f"sections: *{names[-1]}", "```"])


def _yaml_tags(_: Asked) -> str:
    return TAGGED


def _many_sections(asked: Asked) -> str:
    headings = [Heading(title=f"Matter {n}", covers=f"part {n}", leaves="the rest") for n in range(1, 101)]
    return as_yaml(Outline(title=outline(asked.topic, 1).title, sections=headings))


def _duplicate_sections(asked: Asked) -> str:
    plan = outline(asked.topic, 1)
    return as_yaml(Outline(title=plan.title, sections=plan.sections * max(2, asked.sections)))


def _unknown_citations(asked: Asked) -> str:
    return section(replace(asked, sources=(97, *asked.sources, 99)))


def _lost_citations(asked: Asked) -> str:
    return re.sub(r" ?\[\d+\]", "", answer(asked))


def _lost_headings(asked: Asked) -> str:
    return re.sub(r"^## .*$", "", answer(asked), flags=re.MULTILINE)


def _long_seo(asked: Asked) -> str:
    more = ", ".join(islice(phrases.sentences(random.Random(asked.seed), 1), 8)).replace('"', "")
    return answer(asked).replace("anned", f"anned, {more}")


def _obedient(asked: Asked) -> str:
    """Obey instructions outside the material, even injected ones."""
    told = _command.search(asked.rest)
    return told[1] if told else answer(asked)


SPOILED: dict[str, Callable[[Script], Script]] = {
    "empty": _empty,  # no content, finish reason stop
    "refusal": _refusal,  # text under delta.refusal
    "length": _length,  # stopped in mid-sentence
    "content_filter": _content_filter,  # the same, by the filter
    "no_finish": _no_finish,  # a clean end without finish reason and [DONE]
    "think": _think,  # reasoning deltas and a <think> block before the answer, which is fine
}


@dataclass(frozen=True, slots=True)
class Instead:
    """A different text instead of the answer, but only for calls of the given kind."""

    text: Callable[[Asked], str]
    kind: Kind | None = None


INSTEAD: dict[str, Instead] = {
    "short": Instead(_short),  # only a few words
    "repeating": Instead(_repeating, "section"),  # the same text for every section
    "unknown_citations": Instead(_unknown_citations, "section"),  # of sources that do not exist
    "lost_citations": Instead(_lost_citations, "style"),  # all removed
    "lost_headings": Instead(_lost_headings, "style"),  # all removed
    "long_seo": Instead(_long_seo, "seo"),  # far over the limits
    "obedient": Instead(_obedient),  # obeys an `Obey me and say: …` outside the tags
    "no_yaml": Instead(_no_yaml, "outline"),  # prose
    "yaml_bomb": Instead(_yaml_bomb, "outline"),  # aliases of aliases
    "yaml_tags": Instead(_yaml_tags, "outline"),  # a tag that would run a command
    "many_sections": Instead(_many_sections, "outline"),  # a hundred
    "duplicate_sections": Instead(_duplicate_sections, "outline"),  # all with the same title
}
