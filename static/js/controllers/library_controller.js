import { articles, remove } from "../api.js";
import { count, stopped } from "../helpers/phrases.js";
import { Controller } from "./controller.js";
import { ListDeletion } from "./deletion.js";
import { setText } from "./dom.js";
import { drawEntry, entry } from "./entry.js";

const PAUSE = 250; // after the last key
const PAGE = 20;

/** All articles: found, filtered, paged, removed. What is looked for stands in the address. */
export class LibraryController extends Controller {
  #search = this.part("search");
  #list = this.part("list");
  #deletion = new ListDeletion(this.#list, this.part("removal"), remove, ({ id }, how) => {
    if (how !== "done" && !this.#row(id)) this.#load(); // another search has been made meanwhile
    else this.#count();
  });
  #asked = 0;
  #cursor = null;
  #total = 0;
  #timer = 0;

  connect() {
    for (const [name, value] of new URLSearchParams(location.search)) {
      const field = this.#search.elements.namedItem(name);
      if (field) field.value = value;
    }
    this.listen(this.#search, "input", ({ target }) => this.#look(target.type === "search" ? PAUSE : 0));
    this.listen(this.#search, "submit", (event) => (event.preventDefault(), this.#look(0)));
    this.listen(this.part("more"), "click", () => this.#more());
    this.listen(this.element, "running:changed", () => this.#refresh());
    this.#deletion.connect(this);
    this.#load();
  }

  get #filters() {
    return Object.fromEntries([...new FormData(this.#search)].map(([name, value]) => [name, value.trim()]));
  }

  #look(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#load(), pause);
  }

  async #load() {
    const filters = this.#filters;
    const wanted = new URLSearchParams(Object.entries(filters).filter(([, value]) => value && value !== "newest"));
    if (`${wanted}` !== location.search.slice(1)) history.replaceState(null, "", `?${wanted}`);
    const page = await this.#ask({ ...filters, limit: PAGE });
    if (page) this.#draw(page, this.#list.replaceChildren());
  }

  async #more() {
    const page = await this.#ask({ ...this.#filters, limit: PAGE, cursor: this.#cursor });
    if (!page) return;
    const before = this.#list.lastElementChild;
    this.#draw(page);
    before.nextElementSibling?.querySelector("a").focus();
  }

  /** The page asked for, unless another has been asked for since. */
  async #ask(params) {
    const asked = (this.#asked += 1);
    this.#list.ariaBusy = true;
    const page = await articles(params).catch((problem) => setText(this.part("status"), stopped(problem.message)));
    if (asked !== this.#asked) return null;
    this.#list.ariaBusy = false;
    return page;
  }

  #draw({ articles: found, total, next_cursor }) {
    this.#cursor = next_cursor;
    this.#total = total;
    this.#list.append(...found.filter(({ id }) => !this.#deletion.has(id)).map(entry));
    this.part("more").hidden = !next_cursor;
    this.#count();
  }

  #count() {
    const { q, status } = this.#filters;
    const rows = [...this.#list.children];
    const there = rows.filter((row) => !row.hidden).length;
    const narrowed = Boolean(q || status);
    const all = count(this.#total - (rows.length - there), "article");
    setText(this.part("status"), there ? (this.#cursor ? `Showing ${there} of ${all}` : all) : "");
    this.part("empty").hidden = Boolean(there);
    setText(this.part("empty").firstElementChild, narrowed ? "No articles match." : "No articles yet.");
  }

  /** Brings the lines that are there up to date, and moves none. */
  async #refresh() {
    const page = await articles({ ...this.#filters, limit: PAGE }).catch(() => null);
    for (const article of page?.articles ?? []) {
      const row = this.#row(article.id);
      if (row) drawEntry(row, article);
    }
  }

  #row(id) {
    return [...this.#list.children].find((row) => row.dataset.id === id);
  }
}
