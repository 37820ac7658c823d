"""What is read does not move about while an article is written. Prints how much it does."""

import pytest

from tests.page.conftest import OpenPage, Server
from tests.page.looking import DESKTOP, PHONE, WATCH, ended

EXTRAS = {"seo_optimize": True, "include_image": True}  # without them, less comes that could move


@pytest.mark.parametrize("extras", [pytest.param({}, marks=pytest.mark.long), EXTRAS], ids=["plain", "extras"])
@pytest.mark.parametrize("view", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_nothing_moves_while_an_article_is_written(
    slow_server: Server, open_page: OpenPage, view: dict[str, int], extras: dict[str, bool]
) -> None:
    job = (await slow_server.ask("articles/create", {"topic": "How bread rises"} | extras))["id"]
    page = await open_page("about:blank", viewport=view, reduced_motion="no-preference")
    await page.add_init_script(WATCH)
    await page.goto(slow_server.live(job))
    await ended(page, "completed")
    await page.wait_for_function("() => window.shown && document.getAnimations().length === 0")
    shift = await page.evaluate("() => shift")
    print(f"\nwatched at {view['width']} px, {', '.join(extras) or 'plain'}: shift {shift:.3f}")
    assert shift < 0.05
