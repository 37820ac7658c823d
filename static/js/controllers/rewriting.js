import { rewrite } from "../api.js";
import { showErrors } from "./field_errors.js";
import { copyOf } from "./dom.js";
import { Manuscript } from "./manuscript.js";

/** One section written anew, where it stands: asked for under its heading, and shown there as it comes. */
export class Rewriting {
  #article;
  #viewing;
  #manuscript = null;

  constructor(article, viewing) {
    this.#article = article;
    this.#viewing = viewing;
  }

  clicked(target) {
    if (target.matches(".rewrite-this")) this.#ask(target);
  }

  draw(article) {
    for (const button of this.#article.querySelectorAll(".rewrite-this")) button.hidden = !article.end;
    if (!article.rewriting) return article.end && this.#manuscript ? this.#restore() : undefined;
    this.#manuscript ??= this.#makeRoom(article.rewriting);
    const text = article.text("content", article.rewriting);
    this.#manuscript.draw(text, { writing: true, sources: article.sources });
  }

  #ask(button) {
    this.#article.querySelector(".rewrite")?.remove();
    const form = copyOf("rewriting").firstElementChild;
    const section = Number(button.dataset.section);
    button.after(form);
    form.elements.instruction.focus();
    form.querySelector("[type=button]").addEventListener("click", () => this.#leave(form, button));
    form.addEventListener("keydown", ({ key }) => key === "Escape" && this.#leave(form, button));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(form, section);
    });
  }

  #leave(form, button) {
    form.remove();
    button.focus();
  }

  async #send(form, section) {
    const submit = form.querySelector("[type=submit]");
    const { instruction } = form.elements;
    const empty = { field: "instruction", message: instruction.dataset.empty };
    if (!instruction.value.trim()) return object(form, { errors: [empty] });
    submit.disabled = true;
    try {
      await rewrite(this.#viewing.id, section, {
        version: this.#viewing.result.version,
        instruction: instruction.value.trim(),
      });
      form.remove();
      this.#viewing.again({ rewriting: section });
    } catch (problem) {
      submit.disabled = false;
      object(form, problem);
    }
  }

  #makeRoom(section) {
    const shown = document.createElement("div");
    shown.className = "manuscript rewritten";
    for (const block of this.#blocks(section)) block.hidden = true;
    this.#article.querySelector(`[data-section="${section}"]`).after(shown);
    return new Manuscript(shown);
  }

  /** It came to nothing: what was there is there again. When it has worked, all is rendered anew. */
  #restore() {
    this.#article.querySelector(".rewritten")?.remove();
    for (const block of this.#article.querySelectorAll(":scope > [hidden]:not(button)")) block.hidden = false;
    this.#manuscript = null;
  }

  #blocks(section) {
    const blocks = [...this.#article.children];
    const from = blocks.findIndex((block) => block.id === `section-${section}`) + 2;
    const to = blocks.findIndex((block, i) => i >= from && block.matches("h2[id]"));
    return blocks.slice(from, to < 0 ? undefined : to);
  }
}

function object(form, problem) {
  const place = { input: form.elements.instruction, error: form.querySelector(".field-error") };
  showErrors(form, problem, { rest: place.error, placeOf: (field) => (field === "instruction" ? place : null) });
}
