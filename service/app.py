"""The only wiring: builds the running service from the settings."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from types import ModuleType
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from service import admission, stored, together
from service.access.entrance import Entrance
from service.access.people import Trusted
from service.api import (
    accounts,
    article_socket,
    articles,
    audit,
    briefs,
    changes,
    chat_socket,
    conversations,
    create,
    docs,
    export,
    export_many,
    extras,
    info,
    keys,
    library,
    listing,
    messages,
    metrics,
    oidc,
    openapi,
    pages,
    passages,
    preview,
    problems,
    reading,
    result,
    session,
    shares,
    stream,
    usage,
)
from service.api.bodies import Bodies
from service.api.gatekeeper import Gatekeeper
from service.api.guards import AnyOrigin, Guards
from service.api.headers import RATE_LIMITS
from service.api.requests import RequestLog
from service.api.rooms import Rooms
from service.chosen import DEMO, Chosen
from service.conversations.hub import Hub
from service.conversations.prompts import ChatPrompts
from service.conversations.setup import Setup
from service.core.late import loaded
from service.core.pace import Pace
from service.core.tally import INSTANT, ModelTally, RunTally, Times
from service.models.lazy import LazyEndpoint
from service.models.local.embedded import Embedded
from service.models.model import Model, Painter
from service.newsroom.audited import Audited
from service.newsroom.newsroom import Newsroom
from service.newsroom.office import Office
from service.pages.pages import Pages
from service.queue.contract import Queue
from service.research import engines, fetching
from service.research.engines import SearchEngine
from service.settings import ROOT, Settings
from service.stages import flows
from service.stages.desk import Tools
from service.stages.prompts import Prompts
from service.store.articles import Articles
from service.store.conversations import Conversations
from service.store.database import Database
from service.store.shares import Shares

log = logging.getLogger(__name__)


SOURCE_READINGS = 2  # pages read at the same time, each in a process
SOURCE_READING = 20.0  # seconds to read a page
FEEL = 0.5  # seconds between measurements of the event loop's lag


ROOMS = (
    create, listing, export_many, library, extras, changes, passages, articles, result, export, stream, briefs,
    article_socket, chat_socket, conversations, preview, shares, reading, info, messages, metrics, docs, pages,
    keys, accounts, session, oidc, usage, audit,
)  # fmt: skip
ROOMS_OF_WRITERS = info, metrics


def create_app(
    settings: Settings,
    chosen: Chosen = DEMO,
    database: Database | None = None,
    rooms: Iterable[ModuleType] = ROOMS,
) -> FastAPI:
    prompts = read_prompts()
    chat_prompts = ChatPrompts(ROOT / "config" / "prompts")
    engine = _engine(settings)
    trusted = admission.trusted(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            using = database or stored.opened(settings)
            stack.callback(using.close)
            app.state.rooms = await _open_rooms(stack, settings, using, chosen, prompts, chat_prompts, engine, trusted)
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
    app.openapi = lambda: openapi.document(app, settings.tones, auth=settings.auth)
    problems.install(app)
    for room in rooms:
        app.include_router(room.router)
    if rooms is ROOMS:
        app.mount(docs.FILES_URL, StaticFiles(directory=docs.FILES))
        app.mount("/static", pages.Sources(directory=pages.STATIC))
    bodies = {"most": settings.max_body_bytes, "most_of_picture": settings.picture_max_bytes}
    app.add_middleware(Bodies, **bodies)
    app.add_middleware(Gatekeeper)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Retry-After", *RATE_LIMITS],
        )
    app.add_middleware(AnyOrigin)
    app.add_middleware(
        Guards,
        hosts=settings.allowed_hosts,
        origins=settings.cors_origins,
        max_body=settings.max_body_bytes,
        max_picture=settings.picture_max_bytes,
    )
    app.add_middleware(RequestLog)
    return app


def read_prompts() -> Prompts:
    return Prompts(ROOT / "config" / "prompts", flows.prompts())


@asynccontextmanager
async def opened_tools(settings: Settings, chosen: Chosen) -> AsyncGenerator[Tools]:
    """The tools of a flow, without a server."""
    async with AsyncExitStack() as stack:
        yield await _open_tools(stack, settings, chosen, _engine(settings), _pace(settings))


def cut_off(app: FastAPI) -> None:
    """Count a connection that was ended because its viewer stopped reading."""
    app.state.rooms.log.tally.cut_off += 1


def drain(app: FastAPI) -> None:
    """Accept no new work and end all streams. Unfinished work continues after the next start."""
    rooms: Rooms = app.state.rooms
    if not rooms.draining:
        rooms.draining = True
        rooms.serving.cancel()
        rooms.log.close()
        rooms.newsroom.close()
        rooms.hub.close()


async def _open_rooms(
    stack: AsyncExitStack,
    settings: Settings,
    database: Database,
    chosen: Chosen,
    prompts: Prompts,
    chat_prompts: ChatPrompts,
    engine: SearchEngine | None,
    trusted: Trusted | None,
) -> Rooms:
    store = Articles(database, waiting_limit=settings.articles_waiting)
    entrance = await admission.opened(stack, settings, database, trusted, chosen.name)
    conversations = Conversations(database)
    pace = _pace(settings, shared=bool(settings.database_url.get_secret_value()))
    log = await together.log(stack, settings, pace)
    tools = await _open_tools(stack, settings, chosen, engine, pace)
    office = Office(
        store=store,
        log=log,
        tools=tools,
        prompts=prompts,
        tally=RunTally(),
        longest=settings.article_timeout,
        purses=None if entrance is None else entrance.budgets,
    )
    queue, listening = await together.queue(settings, store, None if entrance is None else entrance.budgets)
    newsroom = _newsroom(entrance, office, queue, conversations, Shares(database))
    lag = Times(INSTANT)
    works = [*listening, *([] if entrance is None else entrance.works())]
    _begun(stack, *works)  # to go on until what is written here is handed over
    serving, *_ = _begun(stack, newsroom.serve(writing=settings.writing), pace.keep(), _feel(lag))
    setup = Setup(
        conversations=conversations,
        newsroom=newsroom,
        log=log,
        model=tools.model,
        prompts=chat_prompts,
        history_tokens=settings.chat_history_tokens,
        purses=None if entrance is None else entrance.budgets,
    )
    hub = Hub(setup)
    stack.push_async_callback(hub.ended)
    return Rooms(
        settings=settings,
        chosen=chosen,
        newsroom=newsroom,
        hub=hub,
        conversations=conversations,
        serving=serving,
        entrance=entrance,
        pages=Pages(pages.STATIC, partial(pages.known, settings, tools)),
        store=store,
        log=log,
        queue=queue,
        tools=tools,
        runs=office.tally,
        lag=lag,
    )


def _pace(settings: Settings, *, shared: bool = False) -> Pace:
    """Where several processes share a database, each frame costs in all of them, so that they are long."""
    return Pace((settings.frame_ms_busy if shared else settings.frame_ms) / 1000, settings.frame_ms_busy / 1000)


def _newsroom(
    entrance: Entrance | None, office: Office, queue: Queue, conversations: Conversations, shares: Shares
) -> Newsroom:
    if entrance is None:
        return Newsroom(office, queue, conversations, shares)
    return Audited(entrance.audit, office, queue, conversations, shares)


def _engine(settings: Settings) -> SearchEngine | None:
    return engines.engine(
        settings.search_engine,
        timeout=settings.search_timeout,
        url=settings.search_url,
        key=settings.search_key.get_secret_value(),
        contact=settings.contact or None,
    )


async def _open_tools(
    stack: AsyncExitStack, settings: Settings, chosen: Chosen, engine: SearchEngine | None, pace: Pace
) -> Tools:
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
    tally = ModelTally()
    embedded = None if chosen.file is None else Embedded(chosen.file)
    if embedded is not None:
        stack.push_async_callback(embedded.close)
        embedded.begin()  # so that it is ready when somebody has thought of a topic
    endpoint = LazyEndpoint(lambda: _opened_endpoint(settings, chosen, embedded, tally, pace))
    stack.push_async_callback(endpoint.close)
    paints = chosen.kind == "demo" or (settings.image_model and embedded is None)
    painter = endpoint if paints else None
    return Tools(model=endpoint, tally=tally, fetcher=fetcher, engine=engine, painter=painter)


@asynccontextmanager
async def _opened_endpoint(
    settings: Settings, chosen: Chosen, embedded: Embedded | None, tally: ModelTally, pace: Pace
) -> AsyncGenerator[tuple[Model, Painter]]:
    await loaded("service.endpoint")
    from service import endpoint  # noqa: PLC0415 it brings the openai package along

    async with endpoint.opened(settings, chosen, embedded, tally, pace) as opened:
        yield opened


async def _feel(lag: Times) -> None:
    now = asyncio.get_running_loop().time
    while True:
        due = now() + FEEL
        await asyncio.sleep(FEEL)
        lag.add(max(0.0, now() - due))


def _begun(stack: AsyncExitStack, *works: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    """Tasks that go on until the server stops."""
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        stack.push_async_callback(_stopped, task)
    return tasks


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
