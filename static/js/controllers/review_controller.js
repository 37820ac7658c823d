import { approve } from "../api.js";
import { server } from "../models/server.js";
import { clearErrors, showErrors } from "./field_errors.js";
import { setText } from "./dom.js";
import { LivePart } from "./controller.js";
import { OutlineRows } from "./outline_rows.js";

/** The outline before anything is written: order, names and number of its sections. */
export class ReviewController extends LivePart {
  #shown = "";
  #rows = new OutlineRows(this.part("plan"), (text) => setText(this.part("moved"), text));

  connect() {
    this.listen(this.element, "submit", (event) => (event.preventDefault(), this.#approve()));
    this.listen(this.part("add"), "click", () => this.#rows.add());
    this.listen(this.element, "input", ({ target }) => clearErrors(this.element, target));
    this.listen(this.part("plan"), "plan:changed", () => {
      this.part("add").disabled = this.#rows.count >= server.max_sections;
    });
    this.#rows.connect(this);
  }

  draw({ article }) {
    const open = article.status === "awaiting_review" && !article.end;
    if (open) this.#show(article.outline);
    if (this.element.hidden !== open) return;
    this.element.hidden = !open;
    if (open && document.activeElement === document.body) this.element.querySelector("h2").focus({ preventScroll: true });
  }

  /** A stream that comes back tells the outline again: what somebody has made of it meanwhile stays. */
  #show(outline) {
    const planned = JSON.stringify(outline);
    if (planned === this.#shown) return;
    this.#shown = planned;
    this.element.elements.title.value = outline?.title ?? "";
    this.#rows.show(outline?.sections ?? []);
  }

  async #approve() {
    const submit = this.element.querySelector("[type=submit]");
    submit.disabled = true;
    clearErrors(this.element);
    try {
      await approve(this.viewing.id, { title: this.element.elements.title.value, sections: this.#rows.sections });
      this.viewing.article.status = "processing"; // as the stream is about to tell
      this.viewing.enter("read");
    } catch (problem) {
      const rest = this.element.querySelector('[data-error="sections"]');
      showErrors(this.element, problem, { rest, placeOf: (field) => this.#rows.placeOf(field) });
    } finally {
      submit.disabled = false;
    }
  }
}
