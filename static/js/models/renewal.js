import * as api from "../api.js";
import { Problem } from "../asking.js";

const PAUSE = 700; // between looks

/** The picture or the search text, as the model makes it anew: begun, looked at until it is over, stopped. */
export class Renewal {
  running = false;
  began = 0;
  #id;
  #stage;
  #over;
  #timer = 0;

  /** `over(problem)` is called when it has ended, with what went wrong or null. */
  constructor(id, stage, over) {
    this.#id = id;
    this.#stage = stage;
    this.#over = over;
  }

  async begin(wanted) {
    await api.renew(this.#id, this.#stage, wanted);
    this.watch();
  }

  /** Somebody has begun it, perhaps before the page was opened. */
  watch() {
    if (this.running) return;
    this.running = true;
    this.began = performance.now();
    this.#timer = setTimeout(() => this.#look(), PAUSE);
  }

  async stop() {
    await api.stopRenewal(this.#id, this.#stage);
    this.#end(null);
  }

  leave() {
    clearTimeout(this.#timer);
  }

  async #look() {
    const found = await api.renewal(this.#id, this.#stage).catch((problem) => problem);
    if (!this.running) return;
    if (found.status === 404) return this.#end(found);
    if (found instanceof Error || found.running) return (this.#timer = setTimeout(() => this.#look(), PAUSE));
    this.#end(found.error && new Problem({ ...found.error, detail: found.error.message }));
  }

  #end(problem) {
    if (!this.running) return;
    this.running = false;
    clearTimeout(this.#timer);
    this.#over(problem);
  }
}
