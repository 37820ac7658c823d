"""`pressroom model check` says what a model can, or what is wrong with it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from service import chosen, settings
from service.commands import check
from service.messages import say
from service.models.found import Found
from tests.models.test_found import LLAMA, OLLAMA, OPEN, connected, serving
from tests.models.test_reading import chunk

TITLE = json.dumps({"title": "Rivers"})
Says = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Says:
    """The exit code and what is printed, for a server that answers so."""

    async def checked(answer: bytes, name: str = "qwen3:8b", *, refuses: str = "", html: bool = False, **told: Any):
        async def completed(request: web.Request) -> web.Response:
            if refuses in (body := await request.json()):
                return web.json_response({"error": {"message": f"unknown field {refuses}"}}, status=400)
            assert body["model"] == name
            return web.Response(body=answer, content_type="text/html" if html else "text/event-stream")

        async with serving(**told) as server:
            monkeypatch.setattr(server, "completed", completed)
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            monkeypatch.setenv("OPENAI_MODEL", name)
            loaded = settings.load()
            code = await check._check(loaded, chosen.choose(loaded))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return checked


async def test_what_a_model_can(says: Says) -> None:
    code, out, err = await says(chunk(TITLE) + chunk(finish="stop"), **OLLAMA)
    assert (code, err) == (0, "")
    first, *lines = out.splitlines()
    assert first.startswith("qwen3:8b at http://127.0.0.1:")
    assert lines[0].startswith("- It answered after ")
    assert lines[1:] == [
        "- It runs on Ollama.",
        "- Its context window has 8192 tokens: longer prompts are cut to fit.",
        "- It writes one text at a time; others wait their turn.",
        "- It follows a given form for outlines (JSON schema).",
        "- It accepts a limit on the length of its answers (max_tokens).",
    ]


async def test_what_a_small_one_can_not(says: Says) -> None:
    thinks = chunk(reasoning="Hm.") + chunk("Rivers!") + chunk(finish="stop")
    code, out, _ = await says(thinks, "any", refuses="stream_options", **LLAMA)
    assert code == 0
    for line in (
        "- It ignored the form it was given, so outlines are read from its text.",
        "- It is a small model: its texts are simple, and are edited section by section.",
        "- It does not count its tokens; they are counted here.",
        "- It thinks before it answers, which takes longer.",
    ):
        assert line in out.splitlines()
    assert "JSON schema" not in out


async def test_what_is_wrong(says: Says) -> None:
    _, out, _ = await says(chunk(TITLE) + chunk(finish="stop"), "qwen", **OLLAMA)
    assert "- Its server has no model qwen; it has llama3.2:latest, qwen3:8b." in out.splitlines()
    code, _, err = await says(b"<html>Hello</html>", html=True)
    assert code == 1
    assert "it answered with a web page" in err
    code, _, err = await says(chunk("4") + chunk(finish="content_filter"))
    assert code == 1
    assert "content filter" in err


async def test_every_rung_has_its_sentence() -> None:
    async with serving() as server, connected(server, "x", OPEN) as model:
        model.server.found = Found(models=("x:latest",))
        assert "no model" not in " ".join(map(say, model.about()))
        for form in ("json_schema", "json_object", None):
            for length in ("max_tokens", "max_completion_tokens", None):
                model.capabilities.form, model.capabilities.length = form, length
                assert all(" " in say(sentence) for sentence in model.about())
