import { phrase } from "../helpers/say.js";
import { replacePassage } from "../api.js";
import { sentence, stopped, words } from "../helpers/phrases.js";
import { Revision } from "../models/revision.js";
import { countWords } from "../models/text.js";
import { LivePart } from "./controller.js";
import { PassageBar } from "./passage_bar.js";
import { RevisionView } from "./revision_view.js";
import { selectedIn } from "./selected.js";

const CONFLICT = 409;
const QUIET = 200; // after the last change of the selection
const WRITING = "input, textarea, select, [contenteditable=true]";
const WORKING = {
  rewrite: phrase("passage.rewrite_now"),
  shorten: phrase("passage.shorten_now"),
  expand: phrase("passage.expand_now"),
  tone: phrase("passage.tone_now"),
  fix: phrase("passage.fix_now"),
};

/** The bar at selected words: what the model can do with them, and whether that is to stay. */
export class PassageController extends LivePart {
  #bar = new PassageBar(this.element);
  #article = document.querySelector(".manuscript.article");
  #selected = null; // what the bar is about
  #wanted = null; // what was asked for
  #revision = null;
  #view = null;
  #timer = 0;

  #does = {
    action: (action) => (action === "tone" ? this.#show("tones") : this.#begin({ action })),
    tone: (tone) => this.#begin({ action: "tone", tone }),
    back: () => this.#show("actions"),
    stop: () => this.#revision.stop(),
    again: () => this.#begin(this.#wanted),
    accept: () => this.#accept(),
    refuse: () => this.#end(),
  };

  connect() {
    this.listen(document, "selectionchange", () => this.#later());
    this.listen(document, "keydown", (event) => this.#pressed(event));
    this.listen(window, "resize", () => this.#bar.place());
    this.listen(this.element, "pointerdown", (event) => event.preventDefault()); // the selection stays
    this.listen(this.element, "click", ({ target }) => {
      for (const [name, does] of Object.entries(this.#does))
        if (target.dataset[name] !== undefined) return does(target.dataset[name]);
    });
  }

  draw({ mode, result, changeable, article }) {
    const same = !this.#selected || result === this.#selected.result;
    if (mode !== "read" || !changeable || article.rewriting || !same) this.#end({ quietly: true });
  }

  // -- the selection

  #later() {
    clearTimeout(this.#timer);
    if (!this.#revision) this.#timer = setTimeout(() => this.#look(), QUIET);
  }

  #look() {
    const { mode, changeable, result, article } = this.viewing;
    if (this.#revision || this.#bar.focused) return;
    const may = mode === "read" && changeable && !article.rewriting;
    const found = may ? selectedIn(this.#article, result) : null;
    this.#selected = found && { ...found, result };
    if (!found) this.#bar.hide();
    else if (found.wrong || this.#bar.face !== "actions") this.#show(found.wrong ? "wrong" : "actions", found.wrong);
    else this.#bar.place();
  }

  #pressed(event) {
    const command = event.ctrlKey || event.metaKey;
    if (event.key === "Escape" && !this.element.hidden) return this.#escape(event);
    if (event.key !== "j" || !command || this.element.hidden) return;
    event.preventDefault();
    this.#bar.focus();
  }

  #escape(event) {
    if (event.target.closest?.(WRITING)) return;
    if (this.#revision?.state === "working") return this.#revision.stop();
    this.#end();
  }

  // -- the model's work

  #begin(wanted) {
    this.#view?.end();
    this.#wanted = wanted;
    const { start, passage, result } = this.#selected;
    this.#view = new RevisionView(this.#selected);
    getSelection().removeAllRanges();
    this.#revision = new Revision(() => this.#heard());
    this.#show("working", WORKING[wanted.action]);
    this.#revision.begin(this.viewing.id, { version: result.version, start, passage, ...wanted });
  }

  #heard() {
    const { state, text, changes, problem } = this.#revision;
    if (state === "working") this.#view.writes(text.value);
    if (state === "working") return this.#works(text);
    if (state === "stopped") return this.#undecided(phrase("passage.stopped"));
    if (state === "failed") return this.#undecided(stopped(sentence(problem.message)), problem);
    this.#view.compares(changes);
    if (changes.every(({ kind }) => kind === "same")) return this.#undecided(phrase("passage.nothing"));
    this.#show("decide");
  }

  /** The words are counted, so that it can be seen that it goes on; they are not announced. */
  #works(text) {
    this.#bar.count(text.value ? words(countWords(text.value), this.#selected.result.lang) : "");
  }

  /** It came to nothing: what was there is there again. */
  #undecided(said, problem = null) {
    this.#view.end();
    this.#view = null;
    if (problem && problem.status !== CONFLICT) return this.#show("failed", said);
    this.#over(said);
    if (problem) this.viewing.refresh();
  }

  async #accept() {
    const { start, passage, result } = this.#selected;
    const change = { version: result.version, start, passage, text: this.#revision.text.value };
    this.#show("saving", phrase("word.saving"));
    try {
      const stored = await replacePassage(this.viewing.id, change);
      await this.viewing.changed(stored);
    } catch (problem) {
      if (problem.status === CONFLICT) await this.#overtaken(passage);
      else this.#show("decide", stopped(sentence(problem.message)));
    }
  }

  /** The article has another version: if the passage stands in it, once, it can be changed there. */
  async #overtaken(passage) {
    const keeps = this.#selected;
    const { text } = this.#revision;
    await this.viewing.refresh();
    const { content, version } = this.viewing.result;
    const at = content.indexOf(passage);
    const found = at >= 0 && content.indexOf(passage, at + 1) < 0;
    this.#selected = { ...keeps, start: at, result: this.viewing.result };
    this.#revision = { state: "done", text, stop() {} };
    if (found) this.#show("decide", phrase("passage.overtaken", { version }));
    else this.#over(phrase("passage.gone", { version }));
  }

  /** There is nothing left to do but to read it. */
  #over(said) {
    this.#show("over", said);
    this.#revision = this.#selected = null;
  }

  #end({ quietly = false } = {}) {
    this.#revision?.stop();
    this.#view?.end();
    this.#view = this.#revision = this.#selected = null;
    const { focused } = this.#bar;
    this.#bar.hide();
    if (focused && !quietly) document.querySelector("main .status").focus({ preventScroll: true });
  }

  #show(face, said = "") {
    const focus = Boolean(this.#revision);
    this.#bar.show(face, { words: () => this.#words(), said, focus, above: Boolean(this.#view) });
  }

  #words() {
    if (this.#view) return this.#view.element.isConnected ? this.#view.place : null;
    const selection = getSelection();
    const range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
    return range?.getBoundingClientRect() ?? this.#selected?.blocks?.[0]?.getBoundingClientRect();
  }
}
