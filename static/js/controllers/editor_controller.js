import { phrase } from "../helpers/say.js";
import { countWords } from "../models/text.js";
import { Saving } from "../models/saving.js";
import { adoptUnsaved, Keeping } from "../models/unsaved.js";
import { sentence, stopped, words } from "../helpers/phrases.js";
import { Conflict } from "./conflict.js";
import { LivePart } from "./controller.js";
import { copyOf, setText } from "./dom.js";
import { clearErrors, showErrors } from "./field_errors.js";
import { beginWriting } from "./follow.js";
import { LinkField } from "./link_field.js";
import { MarkdownFace } from "./markdown_face.js";
import { Writing } from "./writing.js";
import { pressed } from "./writing_keys.js";

const SAYS = { saving: phrase("word.saving"), away: phrase("editor.away") };

/** The article while it is changed: in the text as it is set, or as Markdown. What is typed is kept until it is stored. */
export class EditorController extends LivePart {
  #base = null; // the version that is changed, with its title and content
  #face = null;
  #saving = null;
  #conflict = null;
  #keeping = null;
  #link = null;
  #told = null; // which objection was said

  connect() {
    this.listen(this.element, "input", ({ target }) => this.#typed(target));
    this.listen(this.element, "submit", (event) => (event.preventDefault(), this.#save()));
    this.listen(this.element, "click", ({ target }) => this.#clicked(target));
    this.listen(this.element, "pointerdown", (event) => event.target.dataset.style && event.preventDefault());
    this.listen(document, "keydown", (event) => this.#face && pressed(event, this.#keys));
    this.listen(window, "online", () => this.#saving?.hurry());
    this.listen(window, "pagehide", () => this.#keeping?.keep());
    this.listen(document, "visibilitychange", () => document.hidden && this.#keeping?.keep());
    this.listen(window, "beforeunload", (event) => this.#keeping?.fails && this.#dirty && event.preventDefault());
  }

  draw({ mode, result, draft, newer }) {
    const editing = mode === "write" || mode === "edit";
    if (editing && this.element.hidden) this.#open(draft ?? result, result, mode);
    if (!editing && !this.element.hidden) this.#close();
    if (editing && newer && newer !== this.#base?.version && this.#saving.state === "idle") this.#saving.overtaken(this.#base.version);
  }

  get #dirty() {
    if (!this.#face || !this.#base) return false;
    const { title, content } = this.#face.value;
    return title !== this.#base.title || content !== this.#base.content;
  }

  get #draft() {
    return { ...this.#face.value, version: this.#base.version };
  }

  // -- opening and leaving

  #open(draft, result, mode) {
    this.element.hidden = false;
    this.element.replaceChildren(copyOf("editing"));
    const { id } = this.viewing;
    this.#base = { version: draft.version, title: result.title, content: result.content };
    this.#keeping = new Keeping(id, { draft: () => (this.#dirty ? this.#draft : null), changed: () => this.#say() });
    this.#saving = new Saving({
      id,
      draft: () => this.#draft,
      stored: (article, what) => this.#stored(article, what),
      changed: () => this.#say(),
    });
    this.#conflict = new Conflict(this.part("conflict"), {
      id,
      mine: () => this.#face.value,
      keep: (theirs) => this.#over(theirs),
      take: () => this.#give(),
    });
    this.#link = new LinkField(this.part("link"), document.querySelector(".manuscript.article"));
    this.#show(draft, mode, draft === result);
    if (draft !== result) adoptUnsaved(id, draft);
    if (draft.version < result.version) this.#saving.overtaken(draft.version);
  }

  /** In one of two ways; as Markdown if it can't be shown as it is set. */
  async #show({ title, content, sections }, mode, asShown) {
    this.#face?.close();
    this.#link.close();
    const article = document.querySelector(".manuscript.article");
    const writing = new Writing(article, document.querySelector(".headline"), () => this.#typed());
    const blocks = asShown ? sections.flatMap((section) => section.blocks) : null;
    const fits = mode === "write" && (await writing.open({ title, content, blocks }).catch(() => false));
    if (this.element.hidden) return writing.close(); // it was left before it could be shown
    this.#face = fits ? writing : new MarkdownFace(this.element);
    this.part("markdown").hidden = fits;
    this.part("styles").hidden = !fits;
    setText(this.part("switch"), phrase(fits ? "editor.as_markdown" : "editor.in_text"));
    if (fits) beginWriting(article);
    else this.#face.open({ title, content });
    this.viewing.enter(fits ? "write" : "edit");
    this.#say();
  }

  #close() {
    this.#keeping.keep();
    this.#face?.close();
    this.#link.close();
    this.#saving.end();
    this.#face = this.#base = this.#keeping = null;
    this.viewing.draft = null;
    this.element.hidden = true;
    this.element.replaceChildren();
    document.querySelector("[data-do=edit]").focus({ preventScroll: true });
  }

  /** What was typed and not saved is kept, and offered again. */
  #leave() {
    this.viewing.enter("read");
  }

  // -- typing

  #typed(field) {
    if (!this.#face) return;
    if (field) clearErrors(this.element, field);
    this.#face.changed?.(field);
    this.#keeping.typed();
  }

  #clicked({ dataset }) {
    if (dataset.part === "leave") this.#leave();
    if (dataset.part === "switch") this.#show(this.#face.value, this.viewing.mode === "write" ? "edit" : "write", false);
    if (dataset.style === "link") this.#link.open();
    else if (dataset.style) document.execCommand(...dataset.style.split(" ").toSpliced(1, 0, false));
  }

  #keys = { save: () => this.#save(), link: () => this.viewing.mode === "write" && this.#link.open(), leave: () => this.#escape() };

  /** Out of what is smallest; but not out of a text that would be lost. */
  #escape() {
    if (!this.part("link").hidden) return this.#link.close();
    this.#keeping.keep();
    if (!this.#dirty || !this.#keeping.fails) this.#leave();
  }

  // -- saving

  #save() {
    if (this.#dirty) this.#saving.save();
    else this.#leave();
  }

  /** Who has typed on meanwhile goes on. */
  async #stored(article, what) {
    this.#base = { version: article.version, ...what };
    if (this.#dirty) return this.viewing.refresh();
    this.#keeping.forget();
    await this.viewing.changed(article);
  }

  #over({ version, title, content }) {
    this.#base = { version, title, content };
    this.#saving.save();
  }

  async #give() {
    this.#keeping.forget();
    this.#base = { ...this.#base, ...this.#face.value };
    await this.viewing.refresh();
    this.viewing.enter("read");
  }

  #say() {
    if (!this.#face) return;
    const { state, problem, theirs } = this.#saving;
    const kept = this.#dirty && this.#keeping.kept && !this.#keeping.fails ? phrase("editor.kept") : "";
    const length = words(countWords(this.#face.value.content), this.viewing.result?.lang);
    setText(this.part("saying"), SAYS[state] ?? [length, kept].filter(Boolean).join(" · "));
    this.element.querySelector("[type=submit]").disabled = state === "saving";
    this.#conflict.draw(state === "overtaken" ? theirs : null);
    if (problem !== this.#told) this.#object(problem);
  }

  /** Said once: who reads it goes on typing. */
  #object(problem) {
    this.#told = problem;
    if (!problem) setText(this.part("alert"), "");
    else if (this.viewing.mode === "write") setText(this.part("alert"), stopped(sentence(problem.message)));
    else showErrors(this.element, problem, { rest: this.part("alert") });
  }
}
