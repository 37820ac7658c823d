"""A real issuer, beside the tests, and signing in there as a browser would."""

import asyncio
import json
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

SCRIPT = Path(__file__).parent / "clients" / "issuer.mjs"
CLIENT, SECRET, AUDIENCE = "pressroom", "known to both", "pressroom-api"
REDIRECTS = 20


@asynccontextmanager
async def issuing(pressroom: str, port: int = 0) -> AsyncGenerator[str]:
    """The address of an issuer that knows the Pressroom at this address; with new keys each time."""
    assert (SCRIPT.parent / "node_modules").exists(), "bash tests/run installs what is needed here"
    about = {
        "port": port,
        "client": CLIENT,
        "secret": SECRET,
        "callbacks": [f"{pressroom}/oidc/callback"],
        "after": [f"{pressroom}/sign-in.html"],
        "audience": AUDIENCE,
    }
    process = await asyncio.create_subprocess_exec("node", SCRIPT, json.dumps(about), stdout=PIPE, stderr=DEVNULL)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            url = (await process.stdout.readline()).decode().strip()
        yield url
    finally:
        process.kill()
        await process.wait()


def trusting(issuer: str) -> dict[str, str]:
    """The settings of a Pressroom that trusts it."""
    return {
        "PRESSROOM_AUTH": "on",
        "PRESSROOM_OIDC_ISSUER": issuer,
        "PRESSROOM_OIDC_CLIENT_ID": CLIENT,
        "PRESSROOM_OIDC_CLIENT_SECRET": SECRET,
        "PRESSROOM_OIDC_AUDIENCE": AUDIENCE,
        "PRESSROOM_OIDC_LABEL": "Example",
    }


async def sign_in(browser: httpx2.AsyncClient, url: str, name: str) -> str:
    """Sign in at the issuer's page; the address to which it then sends the browser."""
    answer = await browser.get(url)
    for _ in range(REDIRECTS):
        if not answer.is_redirect:
            answer = await browser.post(str(answer.url), data={"login": name})
        url = str(answer.url.join(answer.headers["Location"]))
        if "/oidc/callback" in url:
            return url
        answer = await browser.get(url)
    raise AssertionError(f"still at {url}")
