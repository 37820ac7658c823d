import { phrase } from "../helpers/say.js";
import * as api from "../api.js";
import { count, number, stopped } from "../helpers/phrases.js";
import { Listing } from "../models/listing.js";
import { Controller } from "./controller.js";
import { ListDeletion } from "./deletion.js";
import { saveAs, setText } from "./dom.js";
import { drawEntry, entry } from "./entry.js";
import { EntryMenus } from "./entry_menu.js";
import { Filters, showNothing } from "./filters.js";
import { Selecting } from "./selecting.js";
import { TagsDialog } from "./tags_dialog.js";

const PAUSE = 250; // after the last key

/** All articles: found, filtered, paged, tagged, exported, removed. What is looked for stands in the address. */
export class LibraryController extends Controller {
  #list = this.part("list");
  #listing = new Listing();
  #filters = new Filters(this.part("search"));
  #deletion = new ListDeletion(this.#list, this.part("removal"), api.remove, (removal, how) => this.#removed(removal, how));
  #tags = new TagsDialog(this.part("tags"), (id, tags) => this.#draw([{ ...(this.#listing.articles.get(id) ?? { id }), tags }]));
  #does = {
    shown: () => this.#shown.map((row) => this.#listing.articles.get(row.dataset.id)),
    all: async () => (await this.#listing.all()).filter(({ id }) => !this.#deletion.has(id)),
    get: (id) => this.#listing.articles.get(id),
    remove: (articles) => this.#remove(articles),
    exported: (ids, format) => this.#export(ids, format),
    tag: (articles) => this.#tags.open(articles),
  };
  #menus = new EntryMenus(this.#list, this.#does);
  #selecting = new Selecting(this, this.#does);
  #timer = 0;

  connect() {
    this.listen(this.part("search"), "input", ({ target }) => this.#look(target.type === "search" ? PAUSE : 0));
    this.listen(this.part("search"), "submit", (event) => (event.preventDefault(), this.#look(0)));
    this.listen(this.part("more"), "click", () => this.#more());
    this.listen(this.part("empty"), "click", ({ target }) => this.#drop(target.closest("button")));
    this.listen(this.element, "running:changed", () => this.#refresh());
    for (const part of [this.#filters, this.#deletion, this.#menus, this.#selecting, this.#tags]) part.connect(this);
    this.#load();
    this.#offer();
  }

  get #shown() {
    return [...this.#list.children].filter((row) => !row.hidden);
  }

  #look(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#load(), pause);
  }

  #drop(button) {
    if (!button) return;
    this.#filters.drop(...(button.dataset.drop ? [button.dataset.drop] : []));
    this.part("search").elements.q.focus();
    this.#look(0);
  }

  async #offer() {
    const there = await api.filters().catch(() => null);
    if (!there) return;
    this.#filters.offer(there);
    this.#tags.offer(there.tags);
  }

  async #load() {
    const wanted = this.#filters.values;
    const address = `${new URLSearchParams(wanted)}`;
    if (address !== location.search.slice(1)) history.replaceState(null, "", `?${address}`);
    const found = await this.#ask(() => this.#listing.first(wanted));
    if (!found) return;
    this.#selecting.clear();
    this.#list.replaceChildren();
    this.#append(found);
  }

  async #more() {
    const before = this.#list.lastElementChild;
    const found = await this.#ask(() => this.#listing.next());
    if (!found) return;
    this.#append(found);
    before?.nextElementSibling?.querySelector("a").focus();
  }

  /** What the server answers; null if it does not, or if something else has been asked for since. */
  async #ask(ask) {
    this.#say("");
    this.#list.ariaBusy = true;
    try {
      const found = await ask();
      if (found) this.#list.ariaBusy = false;
      return found;
    } catch (problem) {
      this.#list.ariaBusy = false;
      return this.#say(problem.message);
    }
  }

  #append(articles) {
    this.#list.append(...articles.filter(({ id }) => !this.#deletion.has(id)).map(entry));
    this.part("more").hidden = !this.#listing.cursor;
    this.#count();
  }

  #count() {
    const there = this.#shown.length;
    const { total, cursor } = this.#listing;
    const all = count(Math.max(there, total - this.#deletion.count), "article");
    setText(this.part("status"), there ? (cursor ? phrase("library.showing", { n: number(there), all }) : all) : "");
    this.part("empty").hidden = Boolean(there);
    showNothing(this, this.#filters.sought);
    this.#selecting.draw();
  }

  #remove(articles) {
    const [{ title, topic }] = articles;
    const name = articles.length > 1 ? count(articles.length, "article") : title || topic;
    this.#deletion.begin(articles.map(({ id }) => id), name);
  }

  #removed({ ids }, how) {
    const known = ids.some((id) => this.#listing.articles.has(id));
    if (how === "begun") this.#selecting.drop(ids);
    if (how === "done") this.#listing.removed(ids);
    if (how === "done") this.#offer();
    if ((how === "undone" || how === "failed") && !known) this.#load(); // another search has been made meanwhile
    else if (how === "begun" && this.#listing.cursor && !this.#shown.length) this.#more();
    else this.#count();
  }

  async #export(ids, format) {
    this.#say("");
    setText(this.part("status"), phrase("library.exporting"));
    let done = 0;
    try {
      for await (const { name, blob, parts } of api.exported(ids, format)) {
        saveAs(name, blob);
        done += 1;
        if (done < parts) setText(this.part("status"), phrase("library.exporting_parts", { done: number(done), parts: number(parts) }));
      }
    } catch (problem) {
      this.#say(problem.message);
    }
    this.#count();
  }

  /** Brings the entries that are there up to date, and moves none. */
  async #refresh() {
    this.#draw(await this.#listing.latest());
    this.#offer();
  }

  #draw(articles) {
    for (const article of articles) {
      this.#selecting.update(article);
      const row = [...this.#list.children].find(({ dataset }) => dataset.id === article.id);
      if (!row) continue;
      this.#listing.set(article);
      drawEntry(row, article);
    }
  }

  #say(text) {
    setText(this.part("problem"), text && stopped(text));
  }
}
