import { copyOf } from "./dom.js";

const link = /^https?:\/\/\S+$/i;

/** The reader's own sources, each a link or a text. */
export class SourceFields {
  #element;
  #list;
  #most = 0;

  constructor(element) {
    this.#element = element;
    this.#list = element.querySelector("ol");
  }

  offer(most) {
    this.#most = most;
    this.#list.hidden = this.#element.querySelector("[data-part=add-source]").hidden = !most;
  }

  clicked(target) {
    if (target.dataset.part === "add-source") this.#add();
    if (target.closest(".source-field") && target.matches("button")) this.#remove(target.closest(".source-field"));
  }

  /** Those of a brief, and no others. */
  take(sources) {
    this.#list.replaceChildren();
    for (const { url, text, title } of sources) {
      this.#list.append(copyOf("source"));
      const row = this.#list.lastElementChild;
      row.querySelector("textarea").value = url ?? text;
      row.querySelector("input").value = title ?? "";
    }
    this.#full();
  }

  given() {
    return this.#filled.map((row) => {
      const [text, title] = [row.querySelector("textarea").value.trim(), row.querySelector("input").value.trim()];
      if (link.test(text)) return { url: text };
      return title ? { text, title } : { text };
    });
  }

  /** Where an objection to `sources.2.url` belongs. */
  placeOf(field = "") {
    const [name, number, what] = field.split(".");
    const row = name === "sources" && this.#filled[number];
    if (!row) return null;
    const input = row.querySelector(what === "title" ? "input" : "textarea");
    return { input, error: row.querySelector(".field-error") };
  }

  get #filled() {
    return [...this.#list.children].filter((row) => row.querySelector("textarea").value.trim());
  }

  #add() {
    this.#list.append(copyOf("source"));
    this.#list.lastElementChild.querySelector("textarea").focus();
    this.#full();
  }

  #remove(row) {
    (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("textarea").focus();
    row.remove();
    this.#full();
    if (!this.#list.children.length) this.#element.querySelector("[data-part=add-source]").focus();
  }

  #full() {
    this.#element.querySelector("[data-part=add-source]").disabled = this.#list.children.length >= this.#most;
  }
}
