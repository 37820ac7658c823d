"""A shared article, for everybody who has the token: a page for browsers, JSON for programs, and the event stream.

What is answered here names nothing else of the article: no id, no brief, no stage, no cost.
"""

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse

from service import messages
from service.api.language import language_of
from service.api.pages import VARY, packed_page, page
from service.api.problems import may, status
from service.api.result import PICTURE
from service.api.result_schemas import SourceOut
from service.api.rooms import RoomsOf
from service.api.stream import EventStream, LastSeen, stream
from service.core import words
from service.core.errors import Gone, NotFound, PressroomError
from service.core.events import ArticleStatus
from service.export.aside import aside
from service.export.document import prose
from service.export.sections import rendered
from service.newsroom.sharing import Shown
from service.wire.reading import Reading

router = APIRouter(prefix="/read", tags=["sharing"], responses=may(NotFound, Gone))
Token = Annotated[str, Path(description="the token of a link")]


class ReadingOut(BaseModel):
    title: str = Field(description="empty until the article has one")
    status: ArticleStatus
    progress: int
    language: str | None
    words: int
    minutes: int = Field(description="how long it takes to read")
    content: str = Field(description="the text as Markdown; empty until it is finished")
    html: str = Field(
        description="the same as safe HTML, without the title and with citations as links to `#source-<id>`"
    )
    image_url: str | None
    image_alt: str | None
    sources: list[SourceOut]


_either: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {}}, "description": "The article; a page if `Accept` names `text/html`"}
}


@router.get("/{token}", response_model=ReadingOut, responses=_either)
async def read(token: Token, request: Request, response: Response, rooms: RoomsOf) -> ReadingOut | Response:
    """The title, text, picture, sources and progress of a shared article."""
    response.headers["Vary"] = "Accept"
    if "text/html" in request.headers.get("accept", ""):
        return await _page(token, request, rooms)
    shown = await rooms.newsroom.reading_room.read(token)
    return await aside(_out, shown, token)


@router.get("/{token}/image", response_class=Response, responses=PICTURE)  # ty: ignore[invalid-argument-type]
async def image(token: Token, rooms: RoomsOf) -> Response:
    """The article's picture."""
    data, image = await rooms.newsroom.reading_room.picture(token)
    return Response(data, media_type=image.media_type)


@router.get("/{token}/events", response_class=EventStream)
async def events(token: Token, rooms: RoomsOf, after: LastSeen) -> Response:
    """The article as it is written, in the dialect `reading`. The stream ends when the link is revoked or expires."""
    article, story = await rooms.newsroom.reading_room.watch(token)
    return stream(Reading, article, story, after, rooms.settings.heartbeat)


async def _page(token: str, request: Request, rooms: RoomsOf) -> Response:
    try:
        await rooms.newsroom.reading_room.share(token)
    except (NotFound, Gone) as error:
        return await _no_page(request, error)
    return await page(request, "read.html", {"Cache-Control": "no-store"})


async def _no_page(request: Request, error: PressroomError) -> Response:
    language = language_of(request)
    said = messages.page(language)
    sentence = messages.say(error.sentence, language) + said["page.word.full_stop"]
    why = escape(f"{sentence[0].upper()}{sentence[1:]}")
    ask = escape(said["page.gone.unknown" if isinstance(error, NotFound) else "page.gone.known"])
    file = await packed_page(request, "gone.html")
    return HTMLResponse(
        file.body.decode().replace("{why}", why).replace("{ask}", ask), status(type(error)), {"Vary": VARY}
    )


def _out(shown: Shown, token: str) -> ReadingOut:
    text = prose(shown.title, shown.content, {source.id for source in shown.sources})
    html = "".join(html for _, html, _ in rendered(text, ()))
    return ReadingOut(
        title=shown.title,
        status=shown.status,
        progress=shown.progress,
        language=shown.language,
        words=shown.words,
        minutes=words.minutes(shown.content),
        content=shown.content,
        html=html,
        image_url=None if shown.image_alt is None else f"/read/{token}/image",
        image_alt=shown.image_alt,
        sources=[SourceOut(id=source.id, title=source.title, url=source.url) for source in shown.sources],
    )
