import { articles } from "../api.js";
import { Controller } from "./controller.js";
import { entry } from "./entry.js";

const MOST = 7;

/** The newest articles, beside the question. */
export class RecentController extends Controller {
  connect() {
    this.listen(window, "pageshow", ({ persisted }) => persisted && this.#load());
    this.#load();
  }

  async #load() {
    const page = await articles({ limit: MOST }).catch(() => null);
    if (!page) return;
    this.element.querySelector("ol").replaceChildren(...page.articles.map(entry));
    this.part("empty").hidden = Boolean(page.articles.length);
    this.element.dataset.state = "loaded";
  }
}
