"""Prometheus metrics."""

from fastapi import APIRouter, Request, Response

from service.api.house import HouseOf

router = APIRouter(tags=["server"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request, house: HouseOf) -> Response:
    """How this server is, for Prometheus."""
    from service.api.scrape import scraped  # noqa: PLC0415 most servers are never asked

    stored = await house.store.counts_ever() if await house.store.answers() else {}
    accept = request.headers.get("accept", "")
    body, media_type = scraped(house, stored, version=request.app.version, accept=accept)
    return Response(body, headers={"Content-Type": media_type})
