import { phrase } from "../helpers/say.js";
import { counted, stopped } from "../helpers/phrases.js";
import { Selection } from "../models/selection.js";
import { may } from "../models/server.js";
import { setText } from "./dom.js";
import { exports } from "./entry_menu.js";

const TITLE = ".entry__title";

/** Choosing several articles, by pointer or keyboard; and the bar that says how many, and what can be done with them. */
export class Selecting {
  #page;
  #does;
  #list;
  #selection = new Selection();
  #taking = false;

  /** `does` has what the page does: `shown()`, `all()`, `remove(articles)`, `exported(ids, format)`, `tag(articles)`. */
  constructor(page, does) {
    this.#page = page;
    this.#does = does;
    this.#list = page.part("list");
  }

  connect(owner) {
    const [bar, all] = [this.#page.part("bar"), this.#page.part("all")];
    const menu = bar.querySelector("details");
    menu.querySelector("ul").replaceChildren(...exports());
    owner.listen(this.#list, "click", ({ target, shiftKey }) => target.matches("[data-select]") && this.#toggle(target, shiftKey));
    owner.listen(this.#list, "keydown", (event) => this.#pressed(event));
    owner.listen(all, "change", () => (all.checked ? this.#takeAll(all) : this.clear()));
    owner.listen(bar, "click", ({ target }) => this.#act(target));
    owner.listen(bar, "keydown", ({ key }) => key === "Escape" && this.#leave());
    owner.listen(document, "click", ({ target }) => target.closest("summary") === menu.firstElementChild || (menu.open = false));
  }

  clear() {
    this.#selection.clear();
    this.draw();
  }

  drop(ids) {
    this.#selection.drop(ids);
  }

  update(article) {
    this.#selection.update(article);
  }

  draw() {
    const { size } = this.#selection;
    const shown = this.#does.shown();
    for (const box of this.#list.querySelectorAll("[data-select]")) box.checked = this.#selection.has(idOf(box));
    const all = this.#page.part("all");
    if (!this.#taking) all.checked = Boolean(size) && shown.every(({ id }) => this.#selection.has(id));
    all.disabled = this.#taking || !shown.length; // what is not there yet can't be meant
    all.indeterminate = Boolean(size) && !all.checked;
    this.#page.part("shelf").hidden = !shown.length && !size;
    this.#page.part("bar").hidden = !size;
    this.#page.part("shelf").toggleAttribute("data-chosen", Boolean(size));
    setText(this.#page.part("count"), size ? counted("library.selected", size) : "");
  }

  /** All that are found, not only those that are listed. */
  async #takeAll(box) {
    box.disabled = this.#taking = true;
    setText(this.#page.part("count"), phrase("library.selecting"));
    try {
      this.#selection.add(await this.#does.all());
    } catch (problem) {
      setText(this.#page.part("problem"), stopped(problem.message));
    }
    this.#taking = false;
    this.draw();
    box.focus();
  }

  #toggle(element, range) {
    const shown = this.#does.shown();
    this.#selection.toggle(shown.find(({ id }) => id === idOf(element)), shown, range);
    this.draw();
  }

  /** Letters act only on the entry that has the focus, and never where somebody writes or opens something. */
  #pressed(event) {
    const { key, target, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || !target.matches(`${TITLE}, [data-select]`)) return;
    const on = target.matches(TITLE);
    if (key.toLowerCase() === "x" || (key === " " && on)) this.#toggle(target, shiftKey);
    else if (key.toLowerCase() === "j") this.#go(target, "nextElementSibling");
    else if (key.toLowerCase() === "k") this.#go(target, "previousElementSibling");
    else if (key === "Delete" && may.write) this.#remove(target);
    else return;
    event.preventDefault();
  }

  #go(element, way) {
    let row = element.closest("[data-id]")[way];
    while (row?.hidden) row = row[way];
    row?.querySelector(TITLE).focus();
  }

  /** What is chosen; else the entry itself. */
  #remove(element) {
    const own = this.#does.shown().filter(({ id }) => id === idOf(element));
    this.#does.remove(this.#selection.size ? this.#selection.articles : own);
  }

  #act({ dataset }) {
    const { articles, ids } = this.#selection;
    if (dataset.export) this.#does.exported(ids, dataset.export);
    if (dataset.do === "tags") this.#does.tag(articles);
    if (dataset.do === "delete") this.#does.remove(articles);
    if (dataset.do !== "none") return;
    this.clear();
    this.#page.part("all").focus();
  }

  #leave() {
    const menu = this.#page.part("bar").querySelector("details");
    if (menu.open) menu.firstElementChild.focus();
    menu.open = false;
  }
}

const idOf = (element) => element.closest("[data-id]").dataset.id;
