import { articles } from "../api.js";

const PAGE = 20;
const MOST = 100; // that the server gives at once

/** What is found, page by page. Of several questions only the last is answered. */
export class Listing {
  articles = new Map(); // those that have been given, by id
  cursor = null;
  total = 0;
  #asked = 0;
  #changes = 0;
  #wanted = {};

  /** The first page of what is wanted; null if something else has been asked for since. */
  first(wanted) {
    return this.#ask(wanted, null);
  }

  next() {
    return this.#ask(this.#wanted, this.cursor);
  }

  /** All that are found, also those that have not been given yet; none if something else has been found since. */
  async all() {
    const wanted = this.#wanted;
    const found = [];
    let cursor = null;
    do {
      const page = await articles({ ...wanted, limit: MOST, cursor });
      found.push(...page.articles);
      cursor = page.next_cursor;
    } while (cursor && wanted === this.#wanted);
    return wanted === this.#wanted ? found : [];
  }

  /** Those of the first page as they are now: asked for again if one was changed here meanwhile. */
  async latest() {
    const before = this.#changes;
    const page = await articles({ ...this.#wanted, limit: PAGE }).catch(() => ({ articles: [] }));
    return before === this.#changes ? page.articles.filter(({ id }) => this.articles.has(id)) : this.latest();
  }

  set(article) {
    this.#changes += 1;
    this.articles.set(article.id, article);
  }

  removed(ids) {
    this.total -= ids.length;
    for (const id of ids) this.articles.delete(id);
  }

  async #ask(wanted, cursor) {
    const asked = (this.#asked += 1);
    const current = () => asked === this.#asked;
    const page = await articles({ ...wanted, limit: PAGE, cursor }).catch((problem) => {
      if (current()) throw problem;
    });
    if (!current()) return null;
    if (!cursor) this.articles.clear();
    for (const article of page.articles) this.set(article);
    [this.#wanted, this.cursor, this.total] = [wanted, page.next_cursor, page.total];
    return page.articles;
  }
}
