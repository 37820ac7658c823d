from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from service.core.purse import Purse
from service.core.sentences import Sentence
from service.models.lazy import LazyEndpoint
from service.models.model import ANYTHING, Answer, Asked, Listener, Model, Painter, Want


class Echo:
    def about(self) -> list[Sentence]:
        return [Sentence("model.small")]

    async def small(self, listener: Listener | None = None) -> bool:
        return True

    async def ask(self, asked: Asked, listener: Listener | None = None, want: Want = ANYTHING) -> Answer:
        return Answer("answer")

    async def paint(self, prompt: str, purse: Purse | None = None) -> bytes | str:
        return f"picture of {prompt}"


async def test_a_model_is_opened_once_on_first_use_and_closed_with_its_endpoint() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def opening() -> AsyncGenerator[tuple[Model, Painter]]:
        seen.append("opened")
        yield Echo(), Echo()
        seen.append("closed")

    endpoint = LazyEndpoint(opening)
    assert seen == []
    assert endpoint.about() == []
    assert (await endpoint.ask([])).text == "answer"
    assert await endpoint.paint("a bee") == "picture of a bee"
    assert seen == ["opened"]
    assert await endpoint.small()
    assert endpoint.about() == [Sentence("model.small")]
    await endpoint.close()
    assert seen == ["opened", "closed"]
