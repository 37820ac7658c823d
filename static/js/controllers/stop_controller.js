import { cancel } from "../api.js";
import { Controller, say } from "./controller.js";

const CONFLICT = 409; // it has ended already, as the stream is about to tell

export class StopController extends Controller {
  #id;

  constructor(element, id) {
    super(element);
    this.#id = id;
  }

  connect() {
    this.listen(this.element, "click", () => this.#stop());
  }

  draw({ article, state }) {
    this.element.hidden = Boolean(article.end) || state === "opening" || state === "missing";
  }

  async #stop() {
    this.element.disabled = true;
    say(this.element, "Stopping…");
    try {
      await cancel(this.#id);
    } catch (problem) {
      if (problem.status !== CONFLICT) say(this.element, "Stop: try again");
    } finally {
      this.element.disabled = false;
    }
  }
}
