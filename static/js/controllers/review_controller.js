import { approve, options } from "../api.js";
import { complain, quiet } from "./complaints.js";
import { say } from "./dom.js";
import { LivePart } from "./controller.js";
import { Planned } from "./planned.js";

/** The outline before anything is written: order, names and number of its sections. */
export class ReviewController extends LivePart {
  #shown = "";
  #rows = new Planned(this.part("plan"), (told) => say(this.part("moved"), told));
  #most = 8;

  connect() {
    this.listen(this.element, "submit", (event) => (event.preventDefault(), this.#approve()));
    this.listen(this.part("add"), "click", () => this.#rows.add());
    this.listen(this.element, "input", ({ target }) => quiet(this.element, target));
    this.listen(this.part("plan"), "plan:changed", () => (this.part("add").disabled = this.#rows.count >= this.#most));
    this.#rows.connect(this);
  }

  draw({ article }) {
    const open = article.status === "awaiting_review" && !article.end;
    if (open) this.#show(article.outline);
    if (this.element.hidden === open) this.element.hidden = !open;
  }

  /** A stream that comes back tells the outline again: what somebody has made of it meanwhile stays. */
  async #show(outline) {
    const told = JSON.stringify(outline);
    if (told === this.#shown) return;
    this.#shown = told;
    this.element.elements.title.value = outline?.title ?? "";
    this.#rows.show(outline?.sections ?? []);
    this.#most = (await options().catch(() => ({}))).max_sections ?? this.#most;
  }

  async #approve() {
    const submit = this.element.querySelector("[type=submit]");
    submit.disabled = true;
    quiet(this.element);
    try {
      await approve(this.viewing.id, { title: this.element.elements.title.value, sections: this.#rows.sections });
      this.viewing.article.status = "processing"; // as the stream is about to tell
      this.viewing.enter("read");
    } catch (problem) {
      const rest = this.element.querySelector('[data-error="sections"]');
      complain(this.element, problem, { rest, placeOf: (field) => this.#rows.placeOf(field) });
    } finally {
      submit.disabled = false;
    }
  }
}
