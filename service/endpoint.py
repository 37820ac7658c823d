"""The configured language and image model. app.py imports this late, because it loads the openai package."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from service import demo
from service.core.tally import ModelTally
from service.models import client
from service.models.images import OpenAIPainter
from service.settings import Settings


@asynccontextmanager
async def opened(settings: Settings, tally: ModelTally) -> AsyncGenerator[tuple[client.OpenAIModel, OpenAIPainter]]:
    async with AsyncExitStack() as stack:
        base_url, key = settings.openai_base_url, settings.openai_api_key
        if settings.uses_demo_model:
            pace = demo.Pace(settings.demo_tokens_per_second, settings.demo_first_token)
            base_url = (await stack.enter_async_context(demo.serving(pace=pace))).url
        model = client.connect(
            api_key=None if key is None else key.get_secret_value().strip(),
            base_url=base_url,
            name=settings.openai_model,
            limits=_limits(settings),
            tally=tally,
        )
        stack.push_async_callback(model.close)
        yield model, OpenAIPainter(model.client, settings.image_model or "demo", timeout=settings.image_timeout)


def _limits(settings: Settings) -> client.Limits:
    return client.Limits(
        calls_at_once=settings.model_calls_at_once,
        attempts=settings.model_attempts,
        backoff=settings.model_backoff,
        connect=settings.model_connect_timeout,
        first_token=settings.model_first_token_timeout,
        idle=settings.model_idle_timeout,
        total=settings.model_total_timeout,
        max_characters=settings.model_max_characters,
    )
