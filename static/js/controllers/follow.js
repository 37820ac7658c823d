const SLACK = 48;

export const atEnd = (page) => page.scrollTop + page.clientHeight >= page.scrollHeight - SLACK;

/** Draws, and keeps a reader who has scrolled to the end of the page there; nobody else is moved. */
export function followEnd(draw, page = document.scrollingElement, follows = page.scrollTop > 0 && atEnd(page)) {
  draw();
  if (follows) page.scrollTop = page.scrollHeight;
}

const below = (element) => element.getBoundingClientRect().bottom - innerHeight;

export const showEnd = (element) => scrollBy(0, Math.max(0, below(element)));

/** Draws, and keeps the end of an element in sight where it was; what stands under it need not be. */
export function keepEnd(element, draw) {
  const inSight = below(element) <= SLACK;
  draw();
  if (inSight) showEnd(element);
}

/** Changes a text, and leaves the block that the reader has at the top of the screen where it was. */
export function keepPlace(text, change) {
  const at = [...text.children].findIndex((block) => block.getBoundingClientRect().bottom > 0);
  const top = at > 0 ? text.children[at].getBoundingClientRect().top : 0;
  change();
  const block = at > 0 && text.children[at];
  if (block) document.scrollingElement.scrollTop += block.getBoundingClientRect().top - top;
}

const STRIP = 56;

/** Puts the caret where the reader looks: at the first block that is in sight, unless it is in the text already. */
export function beginWriting(article) {
  const selection = getSelection();
  if (!article.contains(selection.anchorNode)) {
    const block = [...article.children].find((each) => each.getBoundingClientRect().top >= STRIP) ?? article.lastElementChild;
    selection.collapse(block, 0);
  }
  article.focus({ preventScroll: true });
}
