const SLACK = 48;

export const atEnd = (page) => page.scrollTop + page.clientHeight >= page.scrollHeight - SLACK;

/** Draws, and keeps a reader who has scrolled to the end of the page there; nobody else is moved. */
export function followEnd(draw, page = document.scrollingElement, follows = page.scrollTop > 0 && atEnd(page)) {
  draw();
  if (follows) page.scrollTop = page.scrollHeight;
}
