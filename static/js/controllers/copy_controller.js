import { Controller, say } from "./controller.js";

const A_MOMENT = 2000;

/** Copies the article as Markdown: exactly what is stored. Browsers allow it on secure origins only. */
export class CopyController extends Controller {
  #markdown = "";

  connect() {
    this.listen(this.element, "click", () => this.#copy());
  }

  draw({ article }) {
    this.#markdown = article.text("style", null).value;
    this.element.hidden = !article.end || !this.#markdown || !navigator.clipboard;
  }

  async #copy() {
    await navigator.clipboard.writeText(this.#markdown).then(
      () => say(this.element, "Copied"),
      () => say(this.element, "Not allowed"),
    );
    setTimeout(() => say(this.element, "Copy text"), A_MOMENT);
  }
}
