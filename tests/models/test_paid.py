"""Each attempt of a call is paid for: the most that it can use before, and what it used after."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import respx

from service.core.errors import BudgetSpent
from service.core.events import Usage
from service.core.kept import Answers
from service.core.work import working
from service.models.client import THOUGHTS, UNTOLD, OpenAIModel
from service.models.images import MOST, OpenAIPainter
from service.models.model import Answer, Want
from service.models.paid import PaidModel
from tests.fakes import QueuedModel
from tests.models.test_client import ASKED, FINE, URL, Heard, model
from tests.models.test_images import URL as PICTURES
from tests.models.test_images import answer, painter
from tests.models.test_reading import chunk, read

__all__ = ["model", "painter"]  # fixtures

COUNTED = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5,"cost":%b}}\n\n'


class Purse:
    """Lets so many calls be made."""

    def __init__(self, lets: int = 9) -> None:
        self.lets = lets
        self.most: list[Usage] = []
        self.used: list[Usage] = []

    @asynccontextmanager
    async def paying(self, model: str, most: Usage, used: Callable[[], Usage]) -> AsyncGenerator[None]:
        if len(self.most) == self.lets:
            raise BudgetSpent("key")
        self.most.append(most)
        try:
            yield
        finally:
            self.used.append(used())


@respx.mock
async def test_an_attempt_may_use_its_prompt_and_as_long_an_answer_as_is_asked_for(model: OpenAIModel) -> None:
    route, purse = respx.post(URL).respond(content=FINE), Purse()
    await model.ask(ASKED, want=Want(tokens=70, purse=purse))
    assert purse.most == [Usage(model.window.most(ASKED), 70)]
    assert purse.used == [Usage(3, 5)]
    assert json.loads(route.calls.last.request.content)["max_tokens"] == 70


@respx.mock
async def test_an_answer_of_any_length_has_one_where_it_is_paid_for(model: OpenAIModel) -> None:
    route, purse = respx.post(URL).respond(content=FINE), Purse()
    await model.ask(ASKED, want=Want(purse=purse))
    assert purse.most[0].completion_tokens == UNTOLD == json.loads(route.calls.last.request.content)["max_tokens"]
    await model.ask(ASKED)
    assert "max_tokens" not in json.loads(route.calls.last.request.content)


@respx.mock
async def test_a_model_that_reasons_may_use_more(model: OpenAIModel) -> None:
    respx.post(URL).respond(content=FINE)
    model.capabilities.reasons, purse = True, Purse()
    await model.ask(ASKED, want=Want(tokens=70, purse=purse))
    assert purse.most[0].completion_tokens == 70 + THOUGHTS


@respx.mock
async def test_every_attempt_is_paid_for_and_none_is_made_that_is_not(model: OpenAIModel) -> None:
    cut = httpx.Response(200, content=chunk("Wasps ") + COUNTED % b"null")
    route = respx.post(URL).mock(side_effect=[cut, httpx.Response(500), httpx.Response(200, content=FINE)])
    purse = Purse(lets=2)
    with pytest.raises(BudgetSpent), working("") as work:
        await model.ask(ASKED, want=Want(tokens=70, purse=purse))
    assert route.call_count == 2
    assert purse.used == [Usage(3, 5), Usage()]
    assert work.usage == Usage(3, 5)


async def test_a_cancelled_call_has_used_what_came_of_it(model: OpenAIModel) -> None:
    purse, came = Purse(), asyncio.Event()

    async def never_ending() -> AsyncGenerator[bytes]:
        yield chunk("Bees ") + chunk("hum ")
        came.set()
        await asyncio.Event().wait()

    with respx.mock:
        respx.post(URL).respond(stream=never_ending())  # ty: ignore[invalid-argument-type] httpx takes any
        asking = asyncio.create_task(model.ask(ASKED, want=Want(tokens=70, purse=purse)))
        await came.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert purse.used == [Usage(model.window.tokens(ASKED), 2)]


async def test_a_call_that_is_given_up_before_it_is_answered_has_used_its_prompt(model: OpenAIModel) -> None:
    asked = asyncio.Event()

    async def silent(request: httpx.Request) -> httpx.Response:
        asked.set()
        return await asyncio.Event().wait()  # ty: ignore[invalid-explicit-return]

    with respx.mock, working("") as work:
        respx.post(URL).mock(side_effect=silent)
        asking = asyncio.create_task(model.ask(ASKED))
        await asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert work.usage == Usage(model.window.tokens(ASKED), 0)
    assert work.usage.tokens


@pytest.mark.parametrize(
    ("told", "cost"),
    [(b"0.25", 0.25), (b"0", 0), (b"null", None), (b"-1", None), (b"1e999", None), (b'"0.25"', None), (b"{}", None)],
)
def test_a_cost_that_the_provider_tells_is_read_and_nonsense_breaks_nothing(told: bytes, cost: float | None) -> None:
    assert read(chunk("a"), chunk(finish="stop"), COUNTED % told).usage == Usage(3, 5, cost)


@respx.mock
@pytest.mark.parametrize(
    ("told", "used"),
    [
        ({"input_tokens": 4, "output_tokens": 1056}, Usage(4, 1056)),
        ({"input_tokens": "4", "output_tokens": None, "cost": 0.04}, Usage(0, 0, 0.04)),
        (None, Usage()),
    ],
)
async def test_a_picture_is_paid_for(painter: OpenAIPainter, told: Any, used: Usage) -> None:
    respx.post(PICTURES).respond(json=answer({"url": "https://pictures.example/1"}) | {"usage": told})
    purse = Purse(lets=1)
    assert await painter.paint("Bees", purse) == "https://pictures.example/1"
    assert (purse.most, purse.used) == ([Usage(4, MOST)], [used])
    with pytest.raises(BudgetSpent):
        await painter.paint("Bees", purse)


async def test_what_was_paid_for_before_is_answered_again_and_shown_to_who_listens() -> None:
    asked, listener, before = QueuedModel(["Bees hum."]), Heard(), Answers()
    first = PaidModel(asked, Purse(), before)
    await first.ask(ASKED)
    again = Answers(before=dict(before.now))
    model = PaidModel(asked, Purse(lets=0), again)
    with working("") as work:
        assert await model.ask(ASKED, listener) == Answer("Bees hum.")
    assert work.usage == Usage()
    assert listener.text == "Bees hum."
    assert len(asked.asked) == 1
    assert again.now == before.now
    assert model.about() == []


async def test_nobody_has_to_listen_to_what_was_paid_for() -> None:
    before = Answers()
    await PaidModel(QueuedModel(["Bees hum."]), Purse(), before).ask(ASKED)
    model = PaidModel(QueuedModel(), Purse(lets=0), Answers(before=before.now))
    assert (await model.ask(ASKED)).text == "Bees hum."
