"""The pages for browsers, and the files that they are made of."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.staticfiles import StaticFiles

from service import messages
from service.api import info
from service.api.language import language_of
from service.api.rooms import CALLER, CallerOf, RoomsOf
from service.core.article import FINISHED
from service.core.caller import NOBODY, Caller, Role
from service.core.errors import NotFound
from service.pages.packing import KNOWN, PACKED, File, file
from service.pages.pages import Pages
from service.settings import ROOT, Settings
from service.stages.desk import Tools

router = APIRouter(include_in_schema=False)
STATIC = ROOT / "static"
REVALIDATED = "no-cache"
VARY = "Accept, Accept-Encoding, Accept-Language, Cookie"  # what a page depends on
ALL = ("",)  # what the codes of sentences begin with
FOREVER = "public, max-age=31536000, immutable"  # what changes gets another address


@router.get("/")
async def home(request: Request) -> Response:
    """The page for browsers, a short JSON for programs."""
    if "text/html" in request.headers.get("accept", ""):
        return await page(request, "index.html", _early("articles/?limit=6", "health"))
    links = {"docs": "/docs", "openapi": "/openapi.json", "health": "/health", "start": "/start-job"}
    return JSONResponse({"name": "Pressroom", "description": request.app.description, "links": links})


@router.get("/progress.html")
async def progress(request: Request, rooms: RoomsOf, caller: CallerOf, job_id: str = "") -> Response:
    try:
        article = await rooms.newsroom.get(caller, job_id)
    except NotFound:
        return await page(request, "progress.html")
    path = f"articles/{article.id}"
    past = [f"{path}/events", f"{path}/result"] if article.status in FINISHED else []
    return await page(request, "progress.html", _early(path, *past))


@router.get("/chat.html")
async def chat(request: Request) -> Response:
    return await page(request, "chat.html")


@router.get("/library.html")
async def library(request: Request) -> Response:
    return await page(request, "library.html")


@router.get("/people.html")
async def people(request: Request) -> Response:
    return await page(request, "people.html")


@router.get("/sign-in.html")
async def sign_in(request: Request) -> Response:
    return await page(request, "sign-in.html")


@router.api_route(f"/static/{PACKED}/{{name}}", methods=["GET", "HEAD"])
async def packed(name: str, request: Request, rooms: RoomsOf) -> Response:
    found = await asyncio.to_thread(rooms.pages.linked, name)
    if found is None:
        raise HTTPException(404)
    return _answer(request, found, {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"})


@router.get(f"/static/{KNOWN}")
async def known_module(request: Request, rooms: RoomsOf) -> Response:
    """For browsers that load the modules one by one."""
    source = rooms.pages.known(language_of(request), ALL)
    return Response(source, media_type="text/javascript", headers={"Cache-Control": REVALIDATED})


class Sources(StaticFiles):
    """The files as they are written. Browsers revalidate them (304)."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = REVALIDATED
        return response


async def page(request: Request, name: str, headers: Mapping[str, str] | None = None) -> Response:
    found = await packed_page(request, name)
    return _answer(request, found, {"Cache-Control": REVALIDATED, "Vary": VARY, **(headers or {})})


async def packed_page(request: Request, name: str) -> File:
    pages: Pages = request.app.state.rooms.pages
    found = await asyncio.to_thread(pages.page, name, language_of(request))
    caller: Caller = request.scope.get(CALLER, NOBODY)
    return found if caller.who is None else _with_role(found, caller.role)


def _with_role(found: File, role: Role) -> File:
    """The same page, which knows before it is drawn what who is signed in may do."""
    return file(".html", found.body.replace(b"<html ", b'<html data-role="%b" ' % role.encode(), 1))


def _early(*paths: str) -> dict[str, str]:
    """What a page is about to ask for is on its way while the page begins."""
    return {"Link": ", ".join(f"<{path}>; rel=preload; as=fetch; crossorigin" for path in paths)}


def known(settings: Settings, tools: Tools, language: str, named: tuple[str, ...]) -> str:
    """What every page would ask first, as a module. Of what only the page says, it has what is named."""
    sentences = messages.page(language)
    said = {code: sentences[code] for code in sentences if not code.startswith("page.") or code.startswith(named)}
    told = {
        "language": _json(language),
        "options": info.offered(settings, tools).model_dump_json(),
        "messages": _json(said),
    }
    return "".join(f"export const {name} = {value};\n" for name, value in told.items())


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _answer(request: Request, file: File, headers: Mapping[str, str]) -> Response:
    tag = f'W/"{file.digest}"'
    headers = {**headers, "ETag": tag}
    if tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    if file.gzipped is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(file.gzipped, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.body, media_type=file.media_type, headers=headers)
