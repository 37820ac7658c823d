"""The model that was chosen is opened. One on this machine or network is given more time."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from service import app, demo, endpoint
from service.chosen import DEMO, Chosen
from service.core.pace import Pace
from service.core.tally import ModelTally
from service.endpoint import ELSEWHERE, NEARBY, _limits, opened
from service.models.model import Message, Model
from service.settings import load
from tests.fakes import QueuedModel
from tests.server import free_port


@pytest.mark.parametrize(
    ("url", "times"),
    [
        ("http://127.0.0.1:11434/v1", NEARBY),
        ("http://[::1]:8080/v1", NEARBY),
        ("http://localhost:1234/v1", NEARBY),
        ("http://192.168.1.20:8000/v1", NEARBY),
        ("http://ollama:11434/v1", NEARBY),
        ("http://models.lan/v1", NEARBY),
        ("https://api.openai.com/v1", ELSEWHERE),
        ("https://8.8.8.8/v1", ELSEWHERE),
    ],
)
def test_time_depends_on_where_the_model_is(url: str, times: tuple[float, ...]) -> None:
    limits = _limits(load(), url)
    assert (limits.first_token, limits.idle, limits.total) == times
    assert _limits(load(model_first_token_timeout=7.0), url).first_token == 7


async def test_a_server_that_was_found_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    async with demo.serving(pace=demo.Pace(2000, 0)) as served:
        found = Chosen(kind="found", name="llama3.2", base_url=served.url)
        async with opened(load(), found, None, ModelTally()) as (model, _):
            assert (await model.ask([Message("user", "Hello")])).text
        assert served.counts.outcomes["completed"] == 1


async def test_without_a_server_frames_are_short_whatever_its_database_is(monkeypatch: pytest.MonkeyPatch) -> None:
    paces: list[Pace] = []

    @asynccontextmanager
    async def noting(*given: Any) -> AsyncGenerator[tuple[Model, None]]:
        paces.append(given[-1])
        yield QueuedModel(), None

    monkeypatch.setattr(endpoint, "opened", noting)
    settings = load(database_url="postgresql://nobody@nowhere/none")
    async with app.opened_tools(settings, DEMO) as tools:
        await tools.model.small()
    assert [pace.seconds for pace in paces] == [settings.frame_ms / 1000]
