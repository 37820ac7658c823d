import base64
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import httpx2
import openai
import pytest
import respx

from service import demo
from service.core.errors import ImageFailed
from service.messages import say
from service.models import images
from service.models.client import connect
from service.models.images import OpenAIPainter
from tests.models.test_client import KEY, LIMITS

URL = "https://models.example/v1/images/generations"


@pytest.fixture
async def painter() -> AsyncGenerator[OpenAIPainter]:
    http = httpx2.AsyncClient(verify=False)
    client = openai.AsyncOpenAI(api_key=KEY, base_url="https://models.example/v1", max_retries=0, http_client=http)
    yield OpenAIPainter(client, "some-painter", timeout=2)
    await client.close()


def answer(*pictures: Any) -> dict[str, Any]:
    return {"created": 1, "data": list(pictures)}


@respx.mock
async def test_a_picture_comes_as_bytes_or_as_its_url(painter: OpenAIPainter) -> None:
    route = respx.post(URL).respond(json=answer({"b64_json": base64.b64encode(b"bees").decode()}))
    assert await painter.paint("Bees") == b"bees"
    assert b'"prompt":"Bees"' in route.calls.last.request.content
    respx.post(URL).respond(json=answer({"url": "https://pictures.example/1", "b64_json": None}))
    assert await painter.paint("Bees") == "https://pictures.example/1"


@respx.mock
@pytest.mark.parametrize(
    "said",
    [answer(), answer({}), answer({"b64_json": "no base64!"}), answer({"url": 7}), {"created": 1}, {"data": "bees"}],
)
async def test_an_answer_without_a_picture_is_one_clear_error(painter: OpenAIPainter, said: dict[str, Any]) -> None:
    respx.post(URL).respond(json=said)
    with pytest.raises(ImageFailed, match=r"no_picture|unreadable"):
        await painter.paint("Bees")


@respx.mock
async def test_an_answer_is_not_read_beyond_its_limit(painter: OpenAIPainter, monkeypatch: pytest.MonkeyPatch) -> None:
    respx.post(URL).respond(json=answer({"b64_json": "YmVl" * 2_000}))
    assert await painter.paint("Bees")
    monkeypatch.setattr(images, "MAX_ANSWER", 8_000)
    with pytest.raises(ImageFailed, match="too_large"):
        await painter.paint("Bees")


@respx.mock
async def test_a_painter_is_asked_for_no_compression(painter: OpenAIPainter) -> None:
    route = respx.post(URL).respond(json=answer({"b64_json": "YmVlcw=="}))
    await painter.paint("Bees")
    assert route.calls.last.request.headers["accept-encoding"] == "identity"


@respx.mock
@pytest.mark.parametrize("kind", ["text/html", "application/json", "image/png"])
@pytest.mark.parametrize("said", [b"<html>", b"\xff", b"", b"[" * 100_000, b"[1]", b"7", b"null", b'"bees"'])
async def test_an_answer_that_is_none_is_no_picture(painter: OpenAIPainter, kind: str, said: bytes) -> None:
    respx.post(URL).respond(content=said, headers={"Content-Type": kind})
    with pytest.raises(ImageFailed, match=r"unreadable|no_picture"):
        await painter.paint("Bees")


@respx.mock
async def test_a_refusal_does_not_tell_the_key(painter: OpenAIPainter) -> None:
    respx.post(URL).respond(400, json={"error": {"message": f"no such model for {KEY}"}})
    with pytest.raises(ImageFailed) as caught:
        await painter.paint("Bees")
    assert say(caught.value.sentence) == "the image model: the provider answered 400: no such model for ***"


@respx.mock
async def test_a_failing_painter_is_asked_again(painter: OpenAIPainter) -> None:
    picture = httpx.Response(200, json=answer({"b64_json": "YmVlcw=="}))
    respx.post(URL).mock(side_effect=[httpx.Response(500, headers={"retry-after-ms": "1"}), picture])
    assert await painter.paint("Bees") == b"bees"


async def test_the_demo_model_paints_and_slow_painters_are_not_waited_for() -> None:
    async with demo.serving(pace=demo.Pace(100, 0)) as served:
        model = connect(api_key=None, base_url=served.url, name="demo", limits=LIMITS)
        painted = await OpenAIPainter(model.client, "demo", timeout=5).paint("Bees")
        assert isinstance(painted, bytes)
        assert painted.startswith(b"\x89PNG")
        with pytest.raises(ImageFailed, match="timeout"):
            await OpenAIPainter(model.client, "demo", timeout=0).paint("Bees")
        await model.close()
