import { LivePart } from "./controller.js";

const PERIOD = 200; // a look at where the text ends costs a layout
const ROOM = 120; // pixels that are kept free under it

/** Goes with the text where it is being written, once that is wanted, until the reader moves up. */
export class FollowController extends LivePart {
  #follows = false;
  #looked = 0;
  #at = 0;

  connect() {
    this.listen(this.element, "click", () => this.#begin());
    this.listen(document, "scroll", () => {
      if (scrollY < this.#at - 1) this.#follows = false;
      this.#at = scrollY;
    });
  }

  draw({ article, mode, held }) {
    const writing = !article.end && mode === "read" && !held && article.text("style", null).value;
    if (!writing) {
      this.#follows = false;
      this.element.hidden = true;
      return;
    }
    const now = performance.now();
    if (now - this.#looked < PERIOD) return;
    this.#looked = now;
    const below = end() - innerHeight;
    if (this.#follows) this.#go(below + ROOM);
    this.element.hidden = this.#follows || below < 0;
  }

  #begin() {
    this.#follows = true;
    this.#looked = 0;
    this.element.hidden = true;
    this.viewing.enter("read"); // draws
    document.querySelector(".status").focus({ preventScroll: true });
  }

  #go(by) {
    if (by > 0) scrollBy(0, by);
  }
}

/** Where the text ends, from the top of the window. */
const end = () => document.querySelector(".manuscript.article [data-caret]")?.getBoundingClientRect().bottom ?? 0;
