import { cancel } from "../api.js";
import { say } from "./dom.js";
import { LivePart } from "./live_part.js";

const CONFLICT = 409; // it has ended already, as the stream is about to tell

export class StopController extends LivePart {
  connect() {
    this.listen(this.element, "click", () => this.#stop());
  }

  draw({ article, state }) {
    this.element.hidden = Boolean(article.end) || state === "opening" || state === "missing";
    if (article.end) say(this.element, "Stop");
  }

  async #stop() {
    this.element.disabled = true;
    say(this.element, "Stopping…");
    try {
      await cancel(this.viewing.id);
    } catch (problem) {
      if (problem.status !== CONFLICT) say(this.element, "Stop: try again");
    } finally {
      this.element.disabled = false;
    }
  }
}
