import { phrase } from "../helpers/say.js";
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

  begin(id, title) {
    this.#removals.begin(id, title);
    return this.#toast.querySelector("p:last-of-type > button");
  }

  #draw() {
    const { waiting, failed } = this.#removals;
    const lines = [...waiting.values()].map((removal) => this.#line(removal));
    if (failed) lines.push(line(phrase("removal.failed"), failed));
    this.#toast.replaceChildren(...lines);
  }

  #line(removal) {
    const undo = make("button", { type: "button", class: "button" }, phrase("word.undo"));
    undo.addEventListener("click", () => this.#removals.undo(removal.id));
    const element = line(phrase("removal.deleted"), removal);
    element.append(undo);
    return element;
  }
}

/** The same in a list, whose rows have an id, a link and a button to delete them. */
export class ListDeletion {
  #list;
  #deletion;

  constructor(list, toast, remove, changed) {
    this.#list = list;
    this.#deletion = new Deletion(toast, remove, (removal, how) => {
      this.#show(removal, how);
      changed(removal, how);
    });
  }

  connect(owner) {
    this.#deletion.connect(owner);
    owner.listen(this.#list, "click", ({ target }) => target.matches("[data-delete]") && this.#begin(target));
  }

  has(id) {
    return this.#deletion.has(id);
  }

  #begin(button) {
    const row = button.closest("[data-id]");
    const next = shown(row, "nextElementSibling") ?? shown(row, "previousElementSibling");
    const undo = this.#deletion.begin(row.dataset.id, row.querySelector("a").textContent);
    (next?.querySelector("[data-delete]") ?? undo).focus();
  }

  #show({ id }, how) {
    const row = this.#list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    if (how === "done") return row?.remove();
    if (row) row.hidden = how === "begun";
    if (how === "undone") row?.querySelector("[data-delete]").focus();
  }
}

function shown(row, way) {
  let other = row[way];
  while (other?.hidden) other = other[way];
  return other;
}

function line(what, { title }) {
  const name = make("span", { class: "toast__title", dir: "auto" }, title);
  return make("p", { class: "toast__line" }, make("span", {}, what), name);
}
