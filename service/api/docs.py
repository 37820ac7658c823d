"""Swagger UI and ReDoc, served locally: they work offline, and no other server learns who reads them."""

import base64
import re
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

FILES = Path(str(distribution("fastapi-offline").locate_file("fastapi_offline/static")))
FILES_URL = "/docs-static"
SPEC_URL = "/openapi.json"
# FastAPI's page can't disable ReDoc's logo, which is loaded from another host.
REDOC = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pressroom – ReDoc</title>
<link rel="icon" href="$root/static/favicon.svg">
<redoc spec-url="$root{SPEC_URL}" hide-logo="true"></redoc>
<script src="$root{FILES_URL}/redoc.standalone.js"></script>
"""
_inline = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@router.get("/docs")
async def swagger(request: Request) -> HTMLResponse:
    root = request.scope["root_path"]
    page = get_swagger_ui_html(
        openapi_url=f"{root}{SPEC_URL}",
        title="Pressroom – Swagger UI",
        swagger_js_url=f"{root}{FILES_URL}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{FILES_URL}/swagger-ui.css",
        swagger_favicon_url=f"{root}/static/favicon.svg",
    )
    return _guarded(page)


@router.get("/redoc")
async def redoc(request: Request) -> HTMLResponse:
    return _guarded(HTMLResponse(REDOC.replace("$root", request.scope["root_path"])))


def _guarded(page: HTMLResponse) -> HTMLResponse:
    """Allow the page's own inline scripts alone, and styles that begin empty, as ReDoc's do: scripts fill them."""
    scripts = " ".join(_hash(each) for each in _inline.findall(bytes(page.body).decode()))
    page.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' {_hash('')}; img-src 'self' data:; "
        "connect-src 'self'; worker-src blob:; font-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return page


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
