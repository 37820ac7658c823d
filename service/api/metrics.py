"""Prometheus metrics."""

from fastapi import APIRouter, Request, Response

from service.api.rooms import RoomsOf

router = APIRouter(tags=["server"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request, rooms: RoomsOf) -> Response:
    """This server's metrics, for Prometheus."""
    from service.api.scrape import scraped  # noqa: PLC0415 most servers are never asked

    stored = await rooms.store.counts() if await rooms.store.answers() else {}
    accept = request.headers.get("accept", "")
    body, media_type = scraped(rooms, stored, version=request.app.version, accept=accept)
    return Response(body, headers={"Content-Type": media_type})
