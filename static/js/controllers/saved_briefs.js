import { phrase } from "../helpers/say.js";
import { briefs, removeBrief, renameBrief, saveBrief } from "../api.js";
import { stopped } from "../helpers/phrases.js";
import { ListDeletion } from "./deletion.js";
import { clearErrors, showErrors } from "./field_errors.js";
import { make, setText } from "./dom.js";

const NAME = "brief_name";

/** Briefs under names: what stands in the composer is saved, and what is saved comes back into it. */
export class SavedBriefs {
  #form;
  #element;
  #does;
  #known = [];
  #loaded = false;
  #deletion;

  /** `does` has what the composer does: `brief()` gives what it holds, `fill(brief)` has it hold another, `placeOf(field)`. */
  constructor(form, element, toast, does) {
    this.#form = form;
    this.#element = element;
    this.#does = does;
    this.#deletion = new ListDeletion(this.#list, toast, removeBrief, ({ ids: [id] }, how) => {
      if (how === "done") this.#known = this.#known.filter((brief) => brief.id !== id);
      this.#draw();
    });
  }

  connect(owner) {
    this.#deletion.connect(owner);
    owner.listen(this.#element, "click", ({ target }) => this.#clicked(target));
    owner.listen(this.#element, "keydown", (event) => event.key === "Escape" && this.#escape(event));
    owner.listen(this.#form.querySelector("[data-opens=briefs]"), "click", () => this.#loaded || this.#load());
  }

  /** Enter in a name saves it; says whether that is what Enter does here. */
  entered(field) {
    const row = field.closest(".brief");
    if (field === this.#name) this.#save();
    else if (row) this.#rename(row);
    return field === this.#name || Boolean(row);
  }

  get #list() {
    return this.#element.querySelector("ul");
  }

  get #name() {
    return this.#form.elements[NAME];
  }

  async #load() {
    try {
      this.#known = await briefs();
      this.#loaded = true;
    } catch (problem) {
      this.#said(stopped(problem.message));
    }
    this.#draw();
  }

  /** Rows stay where and as they are unless something has changed, so that no focus is lost. */
  #draw() {
    const rows = new Map([...this.#list.children].map((row) => [row.dataset.id, row]));
    const there = this.#known.map((brief) => (rows.get(brief.id)?.dataset.name === brief.name ? rows.get(brief.id) : rowOf(brief)));
    if (there.length !== rows.size || there.some((row, i) => row !== this.#list.children[i])) this.#list.replaceChildren(...there);
    for (const row of there) row.hidden = this.#deletion.has(row.dataset.id);
    this.#element.querySelector(".briefs__none").hidden = there.some(({ hidden }) => !hidden);
  }

  #clicked(target) {
    const row = target.closest(".brief");
    const brief = this.#known.find(({ id }) => id === row?.dataset.id);
    if (target === this.#form.querySelector("[data-part=save-brief]")) this.#save();
    else if (target.closest(".brief__take")) this.#does.fill(brief.brief);
    else if (target.matches("[data-rename]")) begin(row, brief);
    else if (target.matches("[data-keep]")) this.#rename(row);
    else if (target.matches("[data-leave]")) this.#leave(row, brief);
  }

  async #save() {
    clearErrors(this.#form);
    const empty = [this.#form.elements.topic, this.#name].filter(({ value }) => !value.trim());
    if (empty.length) return this.#object(empty.map(({ name, dataset }) => ({ field: name, message: dataset.empty })));
    try {
      const saved = await saveBrief(this.#name.value, this.#does.brief());
      this.#add(saved);
      this.#name.value = "";
      this.#said(phrase("briefs.saved", { name: saved.name }));
    } catch (problem) {
      // The brief's own fields stand elsewhere in the form; what is said of no field is said of the name.
      const placed = problem.errors.map(({ field, message }) => ({ field: field === "name" ? NAME : field.replace(/^brief\./, ""), message }));
      this.#object(placed.length ? placed : [{ field: NAME, message: problem.message }]);
    }
  }

  #object(errors) {
    showErrors(this.#form, { errors }, { rest: this.#element.querySelector(".status"), placeOf: this.#does.placeOf });
  }

  #add(saved) {
    const others = this.#known.filter(({ id }) => id !== saved.id);
    this.#known = [...others, saved].toSorted((a, b) => a.name.localeCompare(b.name));
    this.#draw();
  }

  async #rename(row) {
    const field = row.querySelector("input");
    if (!field.value.trim()) return refuse(row, this.#name.dataset.empty);
    try {
      const saved = await renameBrief(row.dataset.id, field.value);
      row.dataset.name = ""; // it is drawn anew, without its field
      this.#add(saved);
      this.#focus(saved.id);
      this.#said(phrase("briefs.renamed", { name: saved.name }));
    } catch (problem) {
      refuse(row, stopped(problem.errors?.[0]?.message ?? problem.message));
    }
  }

  /** Only the renaming is left; the briefs stay open. */
  #escape(event) {
    const row = event.target.closest(".brief:has(input)");
    if (!row) return;
    event.preventDefault();
    this.#leave(row, this.#known.find(({ id }) => id === row.dataset.id));
  }

  #leave(row, brief) {
    row.replaceWith(rowOf(brief));
    this.#focus(brief.id);
  }

  #focus(id) {
    this.#list.querySelector(`[data-id="${CSS.escape(id)}"] [data-rename]`).focus();
  }

  #said(text) {
    setText(this.#element.querySelector("[role=status]"), text);
  }
}

function begin(row, { name }) {
  const field = make("input", { class: "field", dir: "auto", "aria-label": phrase("briefs.new_name", { name }), "aria-describedby": "rename-error" });
  field.value = name;
  const error = make("p", { class: "field-error", id: "rename-error" });
  row.replaceChildren(field, button(phrase("word.save"), "data-keep", phrase("briefs.keep")), button(phrase("word.cancel"), "data-leave", phrase("briefs.leave")), error);
  field.select();
}

function refuse(row, message) {
  const field = row.querySelector("input");
  field.ariaInvalid = "true";
  setText(row.querySelector(".field-error"), message);
  field.focus();
}

function rowOf({ id, name, brief }) {
  const take = make("button", { type: "button", class: "brief__take", "data-name": "", dir: "auto" }, name);
  take.append(make("small", { dir: "auto" }, brief.topic));
  const buttons = [button(phrase("briefs.rename"), "data-rename", phrase("briefs.rename_one", { name })), button(phrase("word.delete"), "data-delete", phrase("chat.delete_one", { title: name }))];
  return make("li", { class: "brief", "data-id": id, "data-name": name }, take, ...buttons);
}

const button = (text, does, label) =>
  make("button", { type: "button", class: "button button--quiet", [does]: "", "aria-label": label }, text);
