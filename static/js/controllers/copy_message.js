import { build } from "../helpers/build.js";
import { say } from "./controller.js";

const A_MOMENT = 2000;

/** Copies an answer as Markdown. Browsers allow it on secure origins only. */
export class CopyMessage {
  element = build("button", { class: "message__action", type: "button", hidden: "" }, "Copy");
  #markdown = "";

  constructor() {
    this.element.addEventListener("click", () => this.#copy());
  }

  draw(markdown) {
    this.#markdown = markdown;
    this.element.hidden = !markdown || !navigator.clipboard;
  }

  async #copy() {
    await navigator.clipboard.writeText(this.#markdown).then(
      () => say(this.element, "Copied"),
      () => say(this.element, "Not allowed"),
    );
    setTimeout(() => say(this.element, "Copy"), A_MOMENT);
  }
}
