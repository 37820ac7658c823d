"""The only wiring: settings in, a running house out."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from service import demo
from service.api import (
    articles,
    changes,
    chat,
    conversations,
    create,
    docs,
    export,
    info,
    library,
    messages,
    metrics,
    openapi,
    preview,
    problems,
    result,
    socket,
    stream,
)
from service.api.guards import Guards
from service.api.house import House
from service.api.requests import RequestLog
from service.conversations.hub import Talks
from service.conversations.prompts import ChatPrompts
from service.conversations.session import Office
from service.core.tally import INSTANT, Times
from service.log.memory import Channels
from service.models import client
from service.models.images import OpenAIPainter
from service.newsroom.watch import Watch
from service.queue.in_process import InProcessDispatcher
from service.research import engines, fetching
from service.research.engines import SearchEngine
from service.settings import ROOT, Settings
from service.stages.desk import Tools
from service.stages.prompts import Prompts
from service.store.articles import Articles
from service.store.conversations import Conversations
from service.store.database import Database
from service.store.intake import Intake
from service.store.library import Library
from service.store.pictures import Pictures

log = logging.getLogger(__name__)


SOURCE_READINGS = 2  # pages whose text is looked for at once, each in a process
SOURCE_READING = 20.0  # seconds that may take
FEEL = 0.5  # seconds between looks at how late the event loop is


def create_app(settings: Settings) -> FastAPI:
    prompts = read_prompts()
    chat_prompts = ChatPrompts(ROOT / "config" / "prompts")
    engine = _engine(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            app.state.house = await _open_house(stack, settings, prompts, chat_prompts, engine)
            yield
            drain(app)

    app = FastAPI(
        title="Pressroom",
        description="Give it a topic and watch the article being written.",
        version=version("pressroom"),
        lifespan=lifespan,
        servers=[{"url": settings.root_path}] if settings.root_path else None,
        docs_url=None,
        redoc_url=None,
    )
    app.openapi = lambda: openapi.document(app, settings.tones)
    problems.install(app)
    rooms = (
        create, library, changes, articles, result, export, stream, socket, chat, conversations, preview, info,
        messages, metrics, docs,
    )  # fmt: skip
    for room in rooms:
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
    app.add_middleware(RequestLog)
    return app


def read_prompts() -> Prompts:
    return Prompts(ROOT / "config" / "prompts")


@asynccontextmanager
async def opened_tools(settings: Settings) -> AsyncGenerator[Tools]:
    """What a flow works with, for who has no house."""
    async with AsyncExitStack() as stack:
        yield await _open_tools(stack, settings, _engine(settings))


def cut_off(app: FastAPI) -> None:
    """A connection was ended because its viewer took nothing."""
    app.state.house.channels.tally.cut_off += 1


def drain(app: FastAPI) -> None:
    """No new work, and all streams end; what is unfinished goes on after the next start."""
    house: House = app.state.house
    if not house.draining:
        house.draining = True
        house.serving.cancel()
        house.channels.close()
        house.talks.close()


async def _open_house(
    stack: AsyncExitStack,
    settings: Settings,
    prompts: Prompts,
    chat_prompts: ChatPrompts,
    engine: SearchEngine | None,
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
    lag = Times(INSTANT)
    stack.push_async_callback(_stopped, asyncio.create_task(_feel(lag)))
    watch = Watch(store, channels, dispatcher)
    intake = Intake(database, waiting_limit=settings.articles_waiting)
    library, said = Library(database), Conversations(database)
    office = Office(
        conversations=said,
        articles=store,
        channels=channels,
        model=tools.model,
        prompts=chat_prompts,
        history_tokens=settings.chat_history_tokens,
        frame_seconds=settings.frame_ms / 1000,
        keep=settings.channel_events,
    )
    talks = Talks(office)
    stack.push_async_callback(talks.ended)
    return House(
        settings, store, intake, library, pictures, tools, said, channels, dispatcher, watch, talks, serving, lag
    )


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
    return Tools(model=model, tally=model.tally, fetcher=fetcher, engine=engine, painter=_painter(model, settings))


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
        api_key=None if key is None else key.get_secret_value().strip(),
        base_url=base_url,
        name=settings.openai_model,
        limits=limits,
    )
    stack.push_async_callback(model.close)
    return model


async def _feel(lag: Times) -> None:
    now = asyncio.get_running_loop().time
    while True:
        due = now() + FEEL
        await asyncio.sleep(FEEL)
        lag.add(max(0.0, now() - due))


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
