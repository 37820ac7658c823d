const SLACK = 48;

/** Draws, and keeps a reader who has scrolled to the end of the page there; nobody else is moved. */
export function followEnd(draw) {
  const page = document.scrollingElement;
  const atEnd = page.scrollTop > 0 && page.scrollTop + page.clientHeight >= page.scrollHeight - SLACK;
  draw();
  if (atEnd) page.scrollTop = page.scrollHeight;
}
