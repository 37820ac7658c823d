"""What axe objects to on a page, and what does not fit on its screen."""

import os
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page, ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 320, "height": 640}
# How a page is opened on which `objections` are looked for: axe styles it meanwhile, which our content security policy
# forbids.
LOOK: dict[str, Any] = {"viewport": WIDE, "bypass_csp": True}
ONLY_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}  # the rules for which a theme makes a difference
BUT_COLOURS = {"rules": {rule: {"enabled": False} for rule in ONLY_COLOURS["runOnly"]}}
Look = tuple[int, Literal["light", "dark"], dict[str, Any] | None]  # width, theme, what axe is told
LOOKS: list[Look] = [(1280, "light", {}), (1280, "dark", ONLY_COLOURS), (800, "light", None), (320, "light", {})]
if os.environ.get("TESTS_RUN") == "long":
    LOOKS += [(800, "light", BUT_COLOURS), (320, "dark", ONLY_COLOURS)]
VIOLATIONS = """async ([within, options]) => (await axe.run(within, options)).violations
  .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))"""
# Labels that don't fit into what they stand on.
OUTGROWN = """() => [...document.querySelectorAll('button, summary, .button, .chip, a, label, .step')]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest('.language-switch, .sr-only'))
  .filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== 'inline'
    || each.getBoundingClientRect().right > document.body.offsetWidth - 8)
  .map((each) => each.textContent || each.ariaLabel)"""


async def objections(page: Page, within: str = "html") -> list[str]:
    """What axe objects to, and what is wider than the screen. Where only a part of a page is another than it was when
    the whole of it was looked at, `within` selects that part."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found: list[str] = []
    for width, scheme, rules in LOOKS:
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme=scheme)
        if rules is not None:
            options = {"resultTypes": ["violations"], **rules}
            violations = await page.evaluate(VIOLATIONS, [within, options])
            found += [f"{width} {scheme} {violation}" for violation in violations]
        if await too_wide(page):
            found.append(f"{width}: too wide")
    await page.set_viewport_size(WIDE)
    return found


async def too_wide(page: Page) -> bool:
    """Beside the page, there is room for a scroll bar."""
    return await page.evaluate("document.documentElement.scrollWidth > Math.ceil(document.body.offsetWidth)")
