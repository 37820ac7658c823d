"""The only wiring: settings in, a running house out."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from service.api import (
    articles,
    create,
    docs,
    export,
    info,
    library,
    openapi,
    preview,
    problems,
    result,
    socket,
    stream,
)
from service.api.guards import Guards
from service.api.house import House
from service.jobs.dispatcher import InProcessDispatcher
from service.jobs.watch import Watch
from service.llm import client, demo
from service.llm.painter import OpenAIPainter
from service.research import engines, fetching
from service.research.engines import SearchEngine
from service.settings import ROOT, Settings
from service.store.articles import Articles
from service.store.database import Database
from service.store.intake import Intake
from service.store.library import Library
from service.store.pictures import Pictures
from service.streams.channels import Channels
from service.writing.desk import Tools
from service.writing.prompts import Prompts

log = logging.getLogger(__name__)


SOURCE_READINGS = 2  # pages whose text is looked for at once, each in a process
SOURCE_READING = 20.0  # seconds that may take


def create_app(settings: Settings) -> FastAPI:
    prompts = Prompts(ROOT / "config" / "prompts")
    engine = _engine(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            app.state.house = await _open_house(stack, settings, prompts, engine)
            yield
            drain(app)

    app = FastAPI(
        title="Pressroom",
        description="Give it a topic and watch the article being written.",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.openapi = lambda: openapi.document(app)
    problems.install(app)
    for room in (create, library, articles, result, export, stream, socket, preview, info, docs):
        app.include_router(room.router)
    app.mount(docs.FILES_URL, StaticFiles(directory=docs.FILES))
    app.mount("/static", info.Pages(directory=ROOT / "static"))
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.cors_origins, allow_methods=["*"], allow_headers=["*"]
        )
    app.add_middleware(
        Guards, hosts=settings.allowed_hosts, origins=settings.cors_origins, max_body=settings.max_body_bytes
    )
    return app


def drain(app: FastAPI) -> None:
    """No new work, and all streams end; what is unfinished goes on after the next start."""
    house: House = app.state.house
    if not house.draining:
        house.draining = True
        house.serving.cancel()
        house.channels.close()


async def _open_house(
    stack: AsyncExitStack, settings: Settings, prompts: Prompts, engine: SearchEngine | None
) -> House:
    database = Database(settings.data_dir)
    stack.callback(database.close)
    await database.migrate()
    store = Articles(database)
    await store.recover()  # before the first viewer can come: it must not see ids of the epoch that was
    channels = Channels(
        frame_seconds=settings.frame_ms / 1000, keep=settings.channel_events, linger=settings.channel_linger
    )
    pictures = Pictures(settings.data_dir / "pictures")
    tools = await _open_tools(stack, settings, engine)
    dispatcher = InProcessDispatcher(
        store, channels, pictures, tools, prompts, at_once=settings.articles_at_once, sweep=settings.sweep_interval
    )
    serving = asyncio.create_task(dispatcher.serve())
    stack.push_async_callback(_stopped, serving)
    watch = Watch(store, channels, dispatcher)
    intake = Intake(database, waiting_limit=settings.articles_waiting)
    return House(settings, store, intake, Library(database), pictures, tools, channels, dispatcher, watch, serving)


def _engine(settings: Settings) -> SearchEngine | None:
    return engines.engine(
        settings.search_engine,
        timeout=settings.search_timeout,
        url=settings.search_url,
        key=settings.search_key.get_secret_value(),
        contact=settings.contact or None,
    )


async def _open_tools(stack: AsyncExitStack, settings: Settings, engine: SearchEngine | None) -> Tools:
    limits = fetching.Limits(
        connect=settings.source_timeout,
        total=settings.source_timeout,
        max_bytes=settings.source_max_bytes,
        max_characters=settings.source_max_characters,
        reading=SOURCE_READING,
        readings_at_once=SOURCE_READINGS,
    )
    fetcher = fetching.Fetcher(limits, contact=settings.contact or None)
    stack.push_async_callback(fetcher.close)
    model = await _open_model(stack, settings)
    return Tools(model=model, fetcher=fetcher, engine=engine, painter=_painter(model, settings))


def _painter(model: client.OpenAIModel, settings: Settings) -> OpenAIPainter | None:
    name = settings.image_model or ("demo" if settings.uses_demo_model else "")
    return OpenAIPainter(model.client, name, timeout=settings.image_timeout) if name else None


async def _open_model(stack: AsyncExitStack, settings: Settings) -> client.OpenAIModel:
    limits = client.Limits(
        calls_at_once=settings.model_calls_at_once,
        attempts=settings.model_attempts,
        backoff=settings.model_backoff,
        connect=settings.model_connect_timeout,
        first_token=settings.model_first_token_timeout,
        idle=settings.model_idle_timeout,
        total=settings.model_total_timeout,
        max_characters=settings.model_max_characters,
    )
    base_url, key = settings.openai_base_url, settings.openai_api_key
    if settings.uses_demo_model:
        pace = demo.Pace(settings.demo_tokens_per_second, settings.demo_first_token)
        base_url = (await stack.enter_async_context(demo.serving(pace=pace))).url
        log.warning("No OPENAI_API_KEY: the built-in demo model writes canned text, no AI.")
    model = client.connect(
        api_key=None if key is None else key.get_secret_value(),
        base_url=base_url,
        name=settings.openai_model,
        limits=limits,
    )
    stack.push_async_callback(model.close)
    return model


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
