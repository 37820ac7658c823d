import { phrase } from "../helpers/say.js";
import { health } from "../api.js";
import { Controller } from "./controller.js";
import { copied, setTextBriefly } from "./dom.js";

/** Says plainly when no language model is at work, and how to have one. */
export class DemoController extends Controller {
  async connect() {
    const copy = this.part("copy-demo");
    if (copy) this.listen(copy, "click", () => this.#copy(copy));
    const { model } = await health().catch(() => ({}));
    this.element.hidden = !model?.demo;
  }

  async #copy(button) {
    setTextBriefly(button, await copied(this.element.querySelector("pre").textContent), phrase("word.copy"));
  }
}
