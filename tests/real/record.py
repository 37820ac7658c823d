"""Records raw answers of a model that runs already, without guard and cleaning, as data for the tests:
`OPENAI_BASE_URL=… python -m tests.real.record NAME > tests/data/answers/NAME.jsonl`."""

import argparse
import asyncio
import json
import os
from dataclasses import asdict, dataclass, field

import httpx2

from service.core.brief import Brief, Given
from service.core.model_errors import ModelError
from service.core.sentences import Sentence
from service.models.capabilities import Capabilities
from service.models.model import ANYTHING, Answer, Asked, Listener, Want, whole
from service.models.window import Window
from service.settings import ROOT
from service.stages import flows
from service.stages.prompts import Prompts
from tests.fakes import MemoryDesk, run_flow
from tests.real.writing import TOPICS

MOST = 600  # tokens: enough to record a loop
SOURCE = Given(
    title="On the ground",
    text="The observatory on the hill has counted visitors since 1911. In 1954 a storm took its roof, and the town "
    "collected 12,000 crowns for a new one. Since then 3 of 4 visitors have come in winter.\n\n"
    "Its keeper, who lived there for 31 years, wrote down the weather each morning at six.",
)


@dataclass(frozen=True, slots=True)
class Recorded:
    topic: str
    prompt: str  # what the user's message asks for, without its material
    title: str  # of the section, if it is one
    wanted: int | None
    finish: str
    text: str


@dataclass
class Recorder:
    """A model at a desk whose answers are printed as they came."""

    url: str
    http: httpx2.AsyncClient
    window: Window = field(default_factory=Window)

    def about(self) -> list[Sentence]:
        return []

    async def small(self, listener: Listener | None = None) -> bool:
        return False

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        messages = whole(asked)
        longer = Want(tokens=min(MOST, 2 * (want.tokens or MOST)), schema=want.schema)
        body = {
            "model": "any",
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            **Capabilities(self.url).fields(longer),
        }
        body.pop("stream_options", None)
        answer = (await self.http.post(f"{self.url}/chat/completions", json=body, timeout=600)).json()
        choice = answer["choices"][0]
        text, finish, prompt = choice["message"]["content"], choice["finish_reason"], messages[-1].content
        topic = prompt.partition("<topic>\n")[2].partition("\n</topic>")[0]
        title = prompt.partition("<section>\n")[2].partition("\n</section>")[0]
        last = prompt.rstrip().rpartition("\n\n")[2]
        recorded = Recorded(topic, last, title, want.tokens, finish, text)
        print(json.dumps(asdict(recorded), ensure_ascii=False), flush=True)
        return Answer(text.strip() or "Nothing.")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", type=int, help="numbers from 1; all if none is given")
    chosen = parser.parse_args().topics or range(1, len(TOPICS) + 1)
    prompts = Prompts(ROOT / "config" / "prompts", flows.prompts())
    async with httpx2.AsyncClient() as http:
        for topic in (TOPICS[number - 1] for number in chosen):
            desk = MemoryDesk(Recorder(os.environ["OPENAI_BASE_URL"], http))  # ty: ignore[invalid-argument-type]
            sources = [SOURCE] if topic == TOPICS[0] else []
            brief = Brief(topic=topic, flow="full", min_words=300, sources=sources, seo_optimize=True)
            try:
                await run_flow(brief, desk, prompts)
            except ModelError as error:
                print(error)


asyncio.run(main())
