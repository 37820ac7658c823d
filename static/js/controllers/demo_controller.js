import { health } from "../api.js";
import { stopped } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { Controller } from "./controller.js";
import { copied, setTextBriefly } from "./dom.js";

/** Says plainly when no language model is at work, and how to have one; or which one that nobody named. */
export class DemoController extends Controller {
  async connect() {
    const copy = this.part("copy-demo");
    if (copy) this.listen(copy, "click", () => this.#copy(copy));
    const { model } = await health().catch(() => ({}));
    if (model?.note && !model.demo) {
      this.element.textContent = stopped(model.note);
    }
    this.element.hidden = !model?.note;
  }

  async #copy(button) {
    setTextBriefly(button, await copied(this.element.querySelector("pre").textContent), phrase("word.copy"));
  }
}
