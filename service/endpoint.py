"""The language and image model that were chosen. app.py imports this late, because it loads the openai package."""

import ipaddress
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2

from service import demo
from service.chosen import Chosen
from service.core.pace import Pace
from service.core.tally import ModelTally
from service.models import client
from service.models.images import OpenAIPainter
from service.models.local.embedded import START_WITHIN, Embedded
from service.models.local.transport import ToEmbedded
from service.models.transport import PushTransport
from service.settings import Settings

ELSEWHERE = 60.0, 30.0, 900.0  # seconds until the first text, without new text, and in total
NEARBY = 300.0, 60.0, 1800.0
LOOKING = 2.0  # seconds for what a server tells about itself
EMBEDDED = "http://127.0.0.1/v1"  # its port is known when it runs


@asynccontextmanager
async def opened(
    settings: Settings, chosen: Chosen, embedded: Embedded | None, tally: ModelTally, pace: Pace | None = None
) -> AsyncGenerator[tuple[client.OpenAIModel, OpenAIPainter]]:
    async with AsyncExitStack() as stack:
        base_url, key, transport = chosen.base_url, chosen.key, None
        looks = None if base_url is None else LOOKING
        if chosen.kind == "demo":
            speed = demo.Pace(settings.demo_tokens_per_second, settings.demo_first_token)
            base_url = (await stack.enter_async_context(demo.serving(pace=speed))).url
        elif embedded is not None:
            base_url, key, looks = EMBEDDED, embedded.key, START_WITHIN
            transport = ToEmbedded(embedded, connect_timeout=settings.model_connect_timeout, pace=pace)
        elif chosen.kind == "found":
            # whatever proxies there are
            transport = PushTransport(connect_timeout=settings.model_connect_timeout, pace=pace)
        model = client.connect(
            api_key=key,
            base_url=base_url,
            name=chosen.name,
            limits=_limits(settings, base_url or client.OPENAI),
            pace=pace,
            tally=tally,
            transport=transport,
            looks=looks,
        )
        stack.push_async_callback(model.close)
        yield model, OpenAIPainter(model.client, settings.image_model or "demo", timeout=settings.image_timeout)


def _nearby(base_url: str) -> bool:
    """Whether the model is on this machine or network, where reading a prompt can take minutes."""
    host = httpx2.URL(base_url).host
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".lan", ".internal"))


def _limits(settings: Settings, base_url: str) -> client.Limits:
    first_token, idle, total = NEARBY if _nearby(base_url) else ELSEWHERE
    return client.Limits(
        calls_at_once=settings.model_calls_at_once,
        attempts=settings.model_attempts,
        backoff=settings.model_backoff,
        connect=settings.model_connect_timeout,
        first_token=settings.model_first_token_timeout or first_token,
        idle=settings.model_idle_timeout or idle,
        total=settings.model_total_timeout or total,
        max_characters=settings.model_max_characters,
        window=settings.model_context,
    )
