"""`pressroom model check`: tells what the configured model can, with one small call."""

import argparse
import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack

from service import chosen, endpoint, logs, settings
from service.core.model_errors import ModelError
from service.core.sentences import Sentence
from service.core.tally import ModelTally
from service.core.work import working
from service.messages import say
from service.models.client import OpenAIModel
from service.models.local.embedded import Embedded
from service.models.model import Message, Phase, Want

QUESTION = [Message("user", "Give a title for an article on rivers, as JSON with the one key `title`.")]
WANT = Want(
    tokens=100,
    schema={
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    },
)
UNFORMED = Sentence("model.unformed")


def run(arguments: argparse.Namespace) -> int:
    logs.setup("readable", "warning")
    loaded = settings.load()
    return asyncio.run(_check(loaded, chosen.choose(loaded)))


async def _check(loaded: settings.Settings, choice: chosen.Chosen) -> int:
    async with AsyncExitStack() as stack:
        embedded = None if choice.file is None else Embedded(choice.file)
        if embedded is not None:
            stack.push_async_callback(embedded.close)
        model, _ = await stack.enter_async_context(endpoint.opened(loaded, choice, embedded, ModelTally()))
        print(choice.note or f"{model.name} at {model.client.base_url}")
        try:
            said = await _asked(model)
        except ModelError as error:
            print(f"pressroom: {say(error.sentence)}", file=sys.stderr)
            return 1
        await model.look()  # some servers tell more once the model is loaded
        known = model.about()
        if UNFORMED in said:
            known = [sentence for sentence in known if sentence.code != "model.form"]
        for sentence in [*said, *known]:
            print(f"- {say(sentence)}.")
        return 0


async def _asked(model: OpenAIModel) -> list[Sentence]:
    """How the model answers a small question."""
    listener, began = _Listener(), time.monotonic()
    with working("check") as work:
        answer = await model.ask(QUESTION, listener, WANT)
    took = max(time.monotonic() - listener.first, 0.001)
    rate = round(work.usage.completion_tokens / took)
    said = [Sentence("model.answered", {"seconds": f"{listener.first - began:.1f}", "rate": rate})]
    if model.capabilities.form and not _formed(answer.text):
        said.append(UNFORMED)
    return said


def _formed(text: str) -> bool:
    try:
        return "title" in json.loads(text)
    except (ValueError, TypeError):
        return False


class _Listener:
    """Notes when the first text comes."""

    def __init__(self) -> None:
        self.first = time.monotonic()
        self._begun = False

    def append(self, delta: str) -> None:
        if not self._begun:
            self.first, self._begun = time.monotonic(), True

    def retrying(self, attempt: int, error: ModelError, delay: float) -> None:
        print(f"- {say(error.sentence)}; trying again", file=sys.stderr)
        self._begun = False

    def running(self, phase: Phase, text: str) -> None:
        pass
