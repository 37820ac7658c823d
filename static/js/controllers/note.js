import { make } from "./dom.js";

const EDGE = 12;

/** A small note at a word of the text. */
export class Note {
  #element;
  #at = null;

  constructor(element) {
    this.#element = element;
  }

  show(mark, lines) {
    this.hide();
    this.#at = mark;
    mark.setAttribute("aria-describedby", this.#element.id);
    this.#element.replaceChildren(...lines.filter(Boolean).map((line) => make("p", { dir: "auto" }, line)));
    this.#element.hidden = false;
    this.#place(mark.getBoundingClientRect());
  }

  hide() {
    this.#at?.removeAttribute("aria-describedby");
    this.#at = null;
    this.#element.hidden = true;
  }

  #place({ left, top, bottom }) {
    const { offsetWidth, offsetHeight, style } = this.#element;
    const below = bottom + EDGE / 2 + offsetHeight < innerHeight;
    style.left = `${Math.max(EDGE, Math.min(left, document.documentElement.clientWidth - offsetWidth - EDGE))}px`;
    style.top = `${below ? bottom + EDGE / 2 : top - EDGE / 2 - offsetHeight}px`;
  }
}
