import * as api from "../api.js";
import { ENDED } from "./article.js";

const PERIOD = 10_000;

/** While nobody looks at an article, how far it is: asked now and then. What it has come to is fetched at once. */
export class Glance {
  #viewing;
  #timer = 0;

  constructor(viewing) {
    this.#viewing = viewing;
  }

  begin() {
    this.end();
    this.#timer = setInterval(() => this.#look(), PERIOD);
  }

  end() {
    clearInterval(this.#timer);
  }

  async #look() {
    const { article, state, id, mode } = this.#viewing;
    if (article.end || state === "missing") return;
    const { status, progress } = await api.status(id).catch(() => article);
    article.progress = Math.max(article.progress, progress);
    if (ENDED.includes(status)) this.#viewing.resume();
    this.#viewing.enter(mode); // tells it
  }
}
