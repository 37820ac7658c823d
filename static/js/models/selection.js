/** Which articles of a list are chosen, also such as are not shown yet; and from where a range goes. */
export class Selection {
  #chosen = new Map();
  #from = null;

  get size() {
    return this.#chosen.size;
  }

  get ids() {
    return [...this.#chosen.keys()];
  }

  get articles() {
    return [...this.#chosen.values()];
  }

  has(id) {
    return this.#chosen.has(id);
  }

  /** One more or one less; with a range, all from the last one on become what this one becomes. */
  toggle(article, shown, range = false) {
    const chosen = !this.has(article.id);
    const from = range ? shown.findIndex(({ id }) => id === this.#from) : -1;
    const to = shown.findIndex(({ id }) => id === article.id);
    const all = from < 0 ? [article] : shown.slice(Math.min(from, to), Math.max(from, to) + 1);
    for (const each of all) this.#set(each, chosen);
    this.#from = article.id;
  }

  add(articles) {
    for (const article of articles) this.#set(article, true);
  }

  drop(ids) {
    for (const id of ids) this.#chosen.delete(id);
  }

  /** What has become of an article that may be chosen. */
  update(article) {
    if (this.has(article.id)) this.#set(article, true);
  }

  clear() {
    this.#chosen.clear();
    this.#from = null;
  }

  #set(article, chosen) {
    if (chosen) this.#chosen.set(article.id, article);
    else this.#chosen.delete(article.id);
  }
}
