import { article, edit } from "../api.js";
import { clearErrors, showErrors } from "./field_errors.js";
import { copyOf, make } from "./dom.js";
import { LivePart } from "./controller.js";
import { showRendered } from "./rendered.js";

const PAUSE = 300; // after the last key
const CONFLICT = 409;

/** Title and Markdown of the article, to be changed with a preview beside them. */
export class EditorController extends LivePart {
  #from = null; // the result that is being edited
  #one = false; // the title is the headline of the text
  #timer = 0;

  connect() {
    this.listen(this.element, "input", ({ target }) => this.#changed(target));
    this.listen(this.element, "submit", (event) => (event.preventDefault(), this.#save()));
    this.listen(this.element, "click", ({ target }) => target.dataset.part === "leave" && this.viewing.enter("read"));
    this.listen(this.element, "keydown", (event) => this.#pressed(event));
    this.listen(window, "beforeunload", (event) => this.#dirty && event.preventDefault());
  }

  draw({ mode, result }) {
    const editing = mode === "edit";
    if (editing && this.element.hidden) this.#open(result);
    if (!editing && !this.element.hidden) this.#close();
  }

  get #fields() {
    return this.element.elements;
  }

  get #dirty() {
    if (!this.#from) return false;
    return this.#fields.title.value !== this.#from.title || this.#fields.content.value !== this.#from.content;
  }

  #open(result) {
    this.element.hidden = false;
    this.#from = result;
    this.element.replaceChildren(copyOf("editing"));
    this.#fields.title.value = result.title;
    this.#fields.content.value = result.content;
    this.#one = result.content.split("\n", 1)[0] === `# ${result.title}`;
    this.#fields.content.setSelectionRange(0, 0);
    this.#fields.content.focus({ preventScroll: true });
    this.#preview();
  }

  #close() {
    clearTimeout(this.#timer);
    this.element.hidden = true;
    this.#from = null;
    this.element.replaceChildren();
    document.querySelector("[data-do=edit]").focus();
  }

  #changed(field) {
    clearErrors(this.element, field);
    this.#together(field);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#preview(), PAUSE);
  }

  /** The title and the headline in the text stay one, if they were. */
  #together(field) {
    const { title, content } = this.#fields;
    const headline = /^# (.*)/.exec(content.value)?.[1];
    if (headline === undefined || !this.#one) return;
    if (field === title) content.value = content.value.replace(/^# .*/, () => `# ${title.value}`);
    else title.value = headline;
  }

  #preview() {
    showRendered(this.element.querySelector(".editor__page"), this.#fields.content.value);
  }

  #pressed(event) {
    if (event.key === "Escape" && !this.#dirty) this.viewing.enter("read");
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#save();
  }

  async #save() {
    if (!this.#dirty) return this.viewing.enter("read");
    const { title, content } = this.#fields;
    try {
      const change = { version: this.#from.version, title: title.value, content: content.value };
      await this.viewing.changed(await edit(this.viewing.id, change));
    } catch (problem) {
      if (problem.status === CONFLICT && (await this.#overtaken())) return;
      if (problem.status === 0) problem.message += ". Your text is still here";
      showErrors(this.element, problem, { rest: this.part("alert") });
    }
  }

  /** Whether somebody has saved meanwhile: then what was written here may still become the next version. */
  async #overtaken() {
    const { version } = await article(this.viewing.id).catch(() => this.#from);
    if (!this.#from || version === this.#from.version) return false;
    const save = make("button", { type: "button", class: "button" }, `Save mine as version ${version + 1}`);
    save.addEventListener("click", () => {
      this.#from = { ...this.#from, version };
      this.#save();
    });
    this.part("alert").replaceChildren(`Version ${version} was saved meanwhile. `, save);
    return true;
  }
}
