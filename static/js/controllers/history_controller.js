import { redo, undo } from "../api.js";
import { REDONE, sentence, stopped, UNDONE, VERSION_REASONS } from "../helpers/phrases.js";
import { LivePart } from "./controller.js";

const CONFLICT = 409;
const FIELD = "input, textarea, select, [contenteditable]:not([contenteditable=false])";

/** Takes changes of the article back and brings them again; and the key that begins to change it. */
export class HistoryController extends LivePart {
  #going = false;

  connect() {
    this.listen(this.element, "click", ({ target }) => this.#go(target.dataset.step));
    this.listen(document, "keydown", (event) => this.#pressed(event));
  }

  draw({ result, mode, changeable, article }) {
    const shown = mode === "read" && changeable && !article.rewriting;
    for (const button of this.element.children) {
      const step = result?.[button.dataset.step];
      const name = sentence(button.dataset.step);
      button.hidden = !shown || !(result.undo || result.redo);
      button.ariaDisabled = !step;
      button.title = step ? `${name}: ${VERSION_REASONS[step.reason] ?? step.reason}` : "";
    }
  }

  #pressed(event) {
    const { mode, changeable } = this.viewing;
    if (mode !== "read" || !changeable || event.altKey || event.target.closest?.(FIELD)) return;
    const key = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    if (command && (key === "z" || (key === "y" && !event.shiftKey))) {
      event.preventDefault();
      this.#go(key === "y" || event.shiftKey ? "redo" : "undo");
    } else if (key === "e" && !command && !event.shiftKey && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      this.viewing.enter("write");
    }
  }

  async #go(step) {
    const { result, id } = this.viewing;
    if (this.#going || !result?.[step]) return;
    this.#going = true;
    const { reason } = result[step];
    try {
      const stored = await (step === "undo" ? undo : redo)(id, result.version);
      await this.viewing.changed(stored, (step === "undo" ? UNDONE : REDONE)[reason]);
    } catch (problem) {
      if (problem.status === CONFLICT) await this.viewing.refresh();
      this.viewing.tell(stopped(sentence(problem.message)));
    } finally {
      this.#going = false;
    }
  }
}
