import { activeTasks, livePage } from "../api.js";
import { listed } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { labelOf } from "../models/server.js";
import { Controller } from "./controller.js";
import { copyOf, setText } from "./dom.js";

const PERIOD = 2500;

/** What is being written now, asked again and again while somebody looks. Tells the page when that has changed. */
export class RunningController extends Controller {
  #rows = new Map();

  connect() {
    this.every(PERIOD, () => this.#load());
    this.listen(document, "visibilitychange", () => document.hidden || this.#load());
    this.#load();
  }

  async #load() {
    const tasks = await activeTasks().catch(() => null);
    if (tasks) this.#draw(tasks);
  }

  #draw(tasks) {
    const now = new Set(tasks.map(({ id }) => id));
    const changed = tasks.some(({ id }) => !this.#rows.has(id)) || [...this.#rows.keys()].some((id) => !now.has(id));
    for (const [id, row] of this.#rows) {
      if (now.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    for (const task of tasks) this.#row(task);
    this.element.hidden = !tasks.length;
    if (changed) this.element.dispatchEvent(new CustomEvent("running:changed", { bubbles: true }));
  }

  #row({ id, topic, progress, stages }) {
    if (!this.#rows.has(id)) {
      this.#rows.set(id, copyOf("task").firstElementChild);
      this.element.querySelector("ul").append(this.#rows.get(id));
    }
    const [link, what, bar] = this.#rows.get(id).children;
    link.href = livePage(id);
    setText(link, topic);
    setText(what, listed(stages.map(labelOf)) || phrase("word.starting"));
    bar.value = progress;
    bar.ariaLabel = phrase("live.progress_of", { topic });
  }
}
