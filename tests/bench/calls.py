"""The calls of one article for who writes none: the same streams of the same length, straight to the model."""

from dataclasses import dataclass

from service.demo import outlines
from service.demo.answers import answer
from service.demo.asked import read
from service.models.model import Message
from tests.bench.sse import tokens

SECTIONS = 3
WORDS = 100

Asked = dict[str, object]


@dataclass(frozen=True, slots=True)
class Calls:
    sections: list[Asked]
    style: Asked


def topic(number: int) -> str:
    return f"Bench topic {number}"


def outline_tokens(number: int) -> int:
    """What the model says in an article's outline, which no viewer sees."""
    return tokens(outlines.as_yaml(outlines.outline(topic(number), SECTIONS)))


def article(number: int) -> Calls:
    titles = [heading.title for heading in outlines.outline(topic(number), SECTIONS).sections]
    prompts = [
        f"Write section {n}, about {WORDS} words.\n<section>\n{title}\n</section>"
        for n, title in enumerate(titles, start=1)
    ]
    drafts = [answer(read([Message("user", prompt)])) for prompt in prompts]
    draft = "\n\n".join(f"## {title}\n\n{text}" for title, text in zip(titles, drafts, strict=True))
    return Calls([_asked(prompt) for prompt in prompts], _asked(f"<draft>\n# Article\n\n{draft}\n</draft>"))


def endless() -> Asked:
    """What the crowd's model answers with a stream that has no end."""
    return _asked("<draft>\n# Article\n</draft>")


def _asked(prompt: str) -> Asked:
    return {
        "model": "bench",
        "messages": [{"role": "user", "content": prompt}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
