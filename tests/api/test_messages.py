"""The page's words: the catalogue of sentences, and what the server offers."""

import pytest

from service import messages
from tests.api.test_input import is_problem
from tests.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_all_sentences_of_a_language_are_served_and_asked_for_only_once(server: Server) -> None:
    answer = await server.client.get("/messages/en")
    served = answer.json()
    assert len(served) > 200
    assert served.items() <= messages.catalog("en").items()  # other tests may have taught this process more
    assert answer.headers["cache-control"] == "no-cache"
    again = await server.client.get("/messages/en", headers={"If-None-Match": f"W/{answer.headers['etag']}"})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_language_that_nobody_has_written_is_not_there(server: Server) -> None:
    is_problem(await server.client.get("/messages/tlh"), 404, "not_found")


async def test_the_options_name_stages_and_limits(server: Server) -> None:
    options = (await server.client.get("/options")).json()
    names = [stage["name"] for stage in options["stages"]]
    assert options["flows"]["quick"] == ["outline", "content", "style"]
    assert all(set(flow) <= set(names) for flow in options["flows"].values())
    assert {each["name"] for each in options["formats"]} >= {"md", "html", "pdf"}
    assert options["max_message"] > 0
