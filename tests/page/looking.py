"""What a reader sees on the live page."""

from playwright.async_api import Locator, Page, expect

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

# For the init script of a page: all that its status has said, so that a word said for a moment can't be missed, nor an
# old one be taken for it.
LISTEN = """
window.said = [];
addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
  for (const { target } of changes) {
    const status = (target.closest ? target : target.parentElement)?.closest('.status, .chat__status');
    if (status?.textContent && said.at(-1) !== status.textContent) said.push(status.textContent);
  }
}).observe(document, { subtree: true, childList: true, characterData: true }));
"""

# For the init script of a page: when what it is about is shown, and how far things have moved that nobody moved.
WATCH = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) shift += value;
}).observe({ type: 'layout-shift', buffered: true });
const look = () => {
  if (document.querySelector('.card__title, main[data-end=completed] .article p')) window.shown = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""

# To be evaluated with whether the page is to believe that its tab is hidden.
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


async def heard(page: Page, what: str, times: int = 1) -> None:
    """The page, opened with LISTEN, has said so, and so often."""
    count = "([what, times]) => said.filter((text) => text === what).length >= times"
    await page.wait_for_function(count, arg=[what, times])


def deletions(page: Page) -> list[str]:
    """Collects what the page asks to have deleted."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "DELETE" else None)
    return asked


async def passed(page: Page, milliseconds: int) -> None:
    """On the page's own clock; whatever it asked for then has been asked for."""
    await page.clock.run_for(milliseconds)
    await page.evaluate("fetch('healthz')")


async def ended(page: Page, how: str) -> None:
    await expect(page.locator("main")).to_have_attribute("data-end", how)


async def rendered(page: Page) -> Locator:
    """The article, once the server's HTML stands in place of the streamed text: no block of it carries a caret."""
    article = page.locator(".manuscript.article")
    await expect(article.locator("[data-caret]")).to_have_count(0)
    await expect(article).to_be_visible()
    return article


async def copied(page: Page) -> str:
    """What the Copy button gives: the text exactly as the page holds it."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Copy", exact=True).click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    return await page.evaluate("navigator.clipboard.readText()")


async def chosen(page: Page, choice: str) -> Locator:
    """The choice that a chip of the composer opens."""
    await page.locator(f"[data-opens={choice}]").click()
    opened = page.locator(f"[data-choice={choice}]")
    await expect(opened).to_be_visible()
    return opened


async def from_menu(page: Page, what: str) -> None:
    """Does what stands in the menu at the end of the article's tools."""
    await page.locator(".menu--more > summary").click()
    await page.get_by_role("button", name=what, exact=True).click()


async def as_markdown(page: Page) -> Locator:
    """The field for the article's Markdown, once it is changed as such."""
    await page.get_by_role("button", name="Edit", exact=True).click()
    await page.get_by_role("button", name="Markdown").click()
    return page.get_by_label("Markdown", exact=True)


async def paragraphs(column: Locator) -> str:
    """A section's text, as its paragraphs were before they were drawn."""
    return "\n\n".join(await column.locator(".manuscript > *").all_text_contents())


async def drafting(page: Page) -> Locator:
    """The first words of the sections are there."""
    first = page.locator(".column .manuscript > p").first
    await first.wait_for()
    return first


async def styling(page: Page) -> None:
    await page.locator(".manuscript.article > p").first.wait_for()
