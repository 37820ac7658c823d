"""Prometheus metrics."""

from fastapi import APIRouter, Request, Response

from service.api.problems import may
from service.api.rooms import CallerOf, RoomsOf
from service.core.caller import LOCAL
from service.core.errors import NotFound

router = APIRouter(tags=["server"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}, **may(NotFound)})
async def metrics(request: Request, rooms: RoomsOf, caller: CallerOf) -> Response:
    """This server's metrics, for Prometheus. They count all workspaces, so only admins of `default` may see them."""
    if caller.workspace != LOCAL.workspace:
        raise NotFound("metrics")
    from service.api.scrape import scraped  # noqa: PLC0415 most servers are never asked

    stored = await rooms.store.counts() if await rooms.store.answers() else {}
    accept = request.headers.get("accept", "")
    body, media_type = scraped(rooms, stored, version=request.app.version, accept=accept)
    return Response(body, headers={"Content-Type": media_type})
