import { phrase } from "../helpers/say.js";
import { stopped } from "../helpers/phrases.js";
import { Removals } from "../models/removals.js";
import { make } from "./dom.js";

/** Deletes after a while, says so, and takes it back until then; at once when the page is left. */
export class Deletion {
  #toast;
  #removals;

  constructor(toast, remove, changed) {
    this.#toast = toast;
    this.#removals = new Removals(remove, (removal, how) => {
      this.#draw();
      changed(removal, how);
    });
  }

  connect(owner) {
    owner.listen(window, "pagehide", () => this.#removals.flush());
  }

  has(id) {
    return this.#removals.has(id);
  }

  get count() {
    return this.#removals.count;
  }

  begin(ids, title) {
    this.#removals.begin(ids, title);
    return this.#toast.querySelector("p:last-of-type > button");
  }

  #draw() {
    const { waiting, failed } = this.#removals;
    const lines = [...waiting.values()].map((removal) => line(phrase("removal.deleted"), removal, phrase("word.undo"), () => this.#removals.undo(removal.key)));
    if (failed) lines.push(this.#failure(failed));
    this.#toast.replaceChildren(...lines);
  }

  #failure({ ids, title, problem }) {
    const element = line(phrase("removal.failed"), { title }, phrase("word.try_again"), () => this.begin(ids, title).focus());
    element.append(make("span", { class: "toast__why" }, stopped(problem.message)));
    return element;
  }
}

/** The same in a list, whose rows have an id, a link or another name, and a button to delete them. */
export class ListDeletion {
  #list;
  #deletion;

  constructor(list, toast, remove, changed) {
    this.#list = list;
    this.#deletion = new Deletion(toast, remove, (removal, how) => {
      for (const id of removal.ids) this.#show(id, how);
      if (how === "undone") resting(this.#row(removal.ids[0]))?.focus();
      changed(removal, how);
    });
  }

  connect(owner) {
    this.#deletion.connect(owner);
    owner.listen(this.#list, "click", ({ target }) => target.matches("[data-delete]") && this.#beginWith(target));
  }

  has(id) {
    return this.#deletion.has(id);
  }

  get count() {
    return this.#deletion.count;
  }

  /** Deletes them, and goes to what comes after the first of them. */
  begin(ids, title) {
    const undo = this.#deletion.begin(ids, title);
    const row = ids.map((id) => this.#row(id)).find(Boolean);
    const next = row && (shown(row, "nextElementSibling") ?? shown(row, "previousElementSibling"));
    (resting(next) ?? undo).focus();
  }

  #beginWith(button) {
    const row = button.closest("[data-id]");
    this.begin([row.dataset.id], row.querySelector("a, [data-name]").textContent);
  }

  #show(id, how) {
    const row = this.#row(id);
    if (how === "done") row?.remove();
    else if (row) row.hidden = how === "begun";
  }

  #row(id) {
    return this.#list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }
}

/** Where the focus stays in a row: at its button to delete it, unless that stands in a menu. */
function resting(row) {
  const button = row?.querySelector("[data-delete]");
  return button?.checkVisibility() ? button : row?.querySelector("a");
}

function shown(row, way) {
  let other = row[way];
  while (other?.hidden) other = other[way];
  return other;
}

function line(what, { title }, does, act) {
  const name = make("span", { class: "toast__title", dir: "auto" }, title);
  const button = make("button", { type: "button", class: "button" }, does);
  button.addEventListener("click", act);
  return make("p", { class: "toast__line" }, make("span", {}, what), name, button);
}
