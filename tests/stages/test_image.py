"""Pictures over real sockets: 127.0.0.1 is the internet here, and 127.0.0.2 must never hear of us."""

from ipaddress import ip_address

import pytest
from aiohttp import web

from service.core.brief import Brief
from service.core.outline import Heading, Outline
from service.demo import picture
from service.messages import say
from service.models.client import connect
from service.models.images import OpenAIPainter
from service.research.fetching import Fetcher
from service.settings import ROOT
from service.stages.desk import Skipped
from service.stages.image import Image, ImageStage
from service.stages.prompts import Prompts
from service.stages.stage import Shared
from tests.fakes import FETCHING, MemoryDesk, QueuedModel
from tests.models.test_client import LIMITS
from tests.research.servers import HERE, INSIDE, Names, http, site, wire

PROMPTS = Prompts(ROOT / "config" / "prompts")
PNG = picture.png(1)
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
WEBP = b"RIFF\0\0\0\0WEBP" + bytes(100)


def fetcher() -> Fetcher:
    names = Names(inside_test=[[INSIDE]])
    return Fetcher(FETCHING, allowed=lambda address: address == ip_address(HERE), ports=range(65_536), resolver=names)


async def painted(url: str, fetcher: Fetcher) -> MemoryDesk:
    """What comes of it when the image endpoint says that its picture is there."""

    async def paint(_: web.BaseRequest) -> web.Response:
        return web.json_response({"created": 1, "data": [{"url": url}]})

    async with site(paint) as endpoint:
        model = connect(api_key=None, base_url=f"{endpoint}/v1", name="demo", limits=LIMITS)
        painter = OpenAIPainter(model.client, "demo", timeout=5)
        desk = MemoryDesk(QueuedModel(), {"fetcher": fetcher, "painter": painter})
        shared: Shared = {
            "brief": Brief(topic="Bees", include_image=True),
            "desk": desk,
            "prompts": PROMPTS,
            "outline": Outline(title="Bees", sections=[Heading(title="Hive")]),
        }
        await ImageStage().run_async(shared)  # ty: ignore[invalid-argument-type]
        await model.close()
    return desk


def left_out(desk: MemoryDesk) -> str:
    """Why there is no picture."""
    skipped = desk.outputs["image", None]
    assert isinstance(skipped, Skipped)
    assert desk.picture is None
    return say(skipped.why)


@pytest.mark.parametrize(
    ("data", "said", "media_type"),
    [
        (PNG, "image/png", "image/png"),
        (JPEG, "image/png", "image/jpeg"),
        (WEBP, "application/octet-stream", "image/webp"),
    ],
)
async def test_a_picture_that_is_elsewhere_is_fetched(data: bytes, said: str, media_type: str) -> None:
    async with wire(http(said) + data) as server:
        desk = await painted(f"{server.url}/a.png", fetcher())
        image = desk.outputs["image", None]
        assert isinstance(image, Image)
        assert (image.media_type, desk.picture) == (media_type, data)


@pytest.mark.parametrize("host", [INSIDE, "127.2", "inside.test"])
@pytest.mark.parametrize("redirected", [False, True])
async def test_a_picture_of_the_inside_is_never_asked_for(host: str, redirected: bool) -> None:
    async with wire() as spare:
        port = spare.port
    there = f"http://{host}:{port}/"
    redirect = f"HTTP/1.1 302 Found\r\nLocation: {there}\r\n\r\n".encode()
    async with wire(redirect, port=port) as outside, wire(http("image/png") + PNG, host=INSIDE, port=port) as inside:
        reason = left_out(await painted(outside.url if redirected else there, fetcher()))
        assert reason.startswith("the picture can't be fetched: ")
        assert inside.connections == 0


async def test_our_own_address_is_no_place_for_pictures() -> None:
    async with wire(http("image/png") + PNG) as server:
        reason = left_out(await painted(server.url, Fetcher(FETCHING, ports=range(65_536))))
        assert reason == "the picture can't be fetched: the source is not on the public internet"
        assert server.connections == 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http("image/png") + b"GIF89a" + PNG, "no PNG, JPEG or WebP"),
        (http("image/png"), "no PNG, JPEG or WebP"),
        (http("text/html") + b"<html>", "this type of source can't be read"),
        (http("image/svg+xml") + b"<svg>", "this type of source can't be read"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "answered 404"),
    ],
)
async def test_what_is_no_picture_is_left_out_with_its_reason(answer: bytes, reason: str) -> None:
    async with wire(answer) as server:
        assert reason in left_out(await painted(server.url, fetcher()))


async def test_a_picture_without_end_is_not_downloaded() -> None:
    async with wire(http("image/png") + PNG, forever=bytes(1_000_000)) as server:
        assert "larger than allowed" in left_out(await painted(server.url, fetcher()))
        assert server.sent < 45_000_000  # what the kernel's buffers took included
