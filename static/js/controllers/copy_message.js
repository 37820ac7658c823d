import { copied, make, sayForAMoment } from "./dom.js";

/** Copies an answer as Markdown. */
export class CopyMessage {
  element = make("button", { class: "message__action", type: "button", hidden: "" }, "Copy");
  #markdown = "";

  constructor() {
    this.element.addEventListener("click", () => this.#copy());
  }

  draw(markdown) {
    this.#markdown = markdown;
    this.element.hidden = !markdown || !navigator.clipboard;
  }

  async #copy() {
    sayForAMoment(this.element, await copied(this.#markdown), "Copy");
  }
}
