import { phrase } from "../helpers/say.js";
import { exportUrl, libraryPage, preview, remove } from "../api.js";
import { server } from "../models/server.js";
import { LivePart } from "./controller.js";
import { Deletion } from "./deletion.js";
import { copied, make, setText, setTextBriefly } from "./dom.js";

/** What can be done with an article that has ended. */
export class ToolsController extends LivePart {
  #menus = [...this.element.querySelectorAll(".menu")];
  #does = {
    edit: () => this.#enter(["write", "edit"].includes(this.viewing.mode) ? this.viewing.mode : "write"),
    versions: () => this.#enter("versions"),
    picture: () => this.viewing.enter("read", "picture-panel"),
    search: () => this.viewing.enter("read", "search-panel"),
    copy: (button) => this.#copy(button),
    share: () => this.viewing.enter("read", "share-panel"),
    print: () => print(),
    delete: () => this.element.dispatchEvent(new CustomEvent("article:delete", { bubbles: true })),
  };

  connect() {
    this.element.querySelector("[data-menu=export] ul").prepend(...server.formats.map(download));
    this.listen(this.element, "click", ({ target }) => this.#does[target.dataset.do]?.(target));
    this.listen(document, "click", ({ target }) => this.#closeOthers(target));
    this.listen(document, "keydown", (event) => event.key === "Escape" && this.#leave(event));
  }

  draw({ article, result, mode, id }) {
    this.element.hidden = !article.end;
    const stored = Boolean(result?.content);
    const changeable = stored && result.status !== "failed";
    const text = Boolean(article.end && this.#text);
    const copy = text && Boolean(navigator.clipboard);
    const shown = { edit: changeable, versions: changeable, copy, share: stored, print: stored, picture: stored, search: stored };
    for (const button of this.element.querySelectorAll("[data-do]")) {
      const { do: name } = button.dataset;
      button.hidden = shown[name] === false;
      if (button.ariaPressed) button.ariaPressed = mode === name || (mode === "write" && name === "edit");
    }
    const exports = this.element.querySelector("[data-menu=export]");
    exports.hidden = !text;
    setText(exports.firstElementChild, phrase(result?.draft ? "tools.export_draft" : "tools.export"));
    for (const link of this.element.querySelectorAll("[data-format]")) {
      link.href = exportUrl(id, link.dataset.format);
    }
  }

  #closeOthers(target) {
    for (const menu of this.#menus) if (!menu.contains(target) || target.matches("a, li > button")) menu.open = false;
  }

  #leave(event) {
    for (const menu of this.#menus.filter(({ open }) => open)) {
      event.preventDefault(); // nothing else is left with it
      menu.open = false;
      if (menu.contains(document.activeElement)) menu.firstElementChild.focus();
    }
  }

  /** Exactly what is stored; of an article that has failed, its draft. */
  get #text() {
    return this.viewing.result?.content || this.viewing.article.draft;
  }

  #enter(mode) {
    this.viewing.enter(this.viewing.mode === mode ? "read" : mode);
  }

  async #copy(button) {
    setTextBriefly(button, await copied(this.#text, this.#html), phrase("word.copy"));
  }

  /** The same as other editors take it, with headings; of a draft, as the server renders it. */
  get #html() {
    const { result } = this.viewing;
    if (!window.ClipboardItem || !document.body.getHTML) return "";
    if (!result?.content) return preview(this.#text).then(({ html }) => html);
    const text = result.sections.map(({ html }) => html).join("");
    return /^\s*<h1\b/.test(text) ? text : make("div", {}, make("h1", {}, result.title)).getHTML() + text;
  }
}

const download = ({ name, label }) => make("li", {}, make("a", { "data-format": name, download: "" }, label));

/** Deletes the article of this page, after a while in which that can be undone. */
export class RemovalController extends LivePart {
  #deletion = new Deletion(this.element, remove, (_, how) => this.#deletionChanged(how));

  connect() {
    this.listen(document, "article:delete", () => this.#begin());
    this.#deletion.connect(this);
  }

  draw() {}

  #begin() {
    const { id, result, article } = this.viewing;
    if (!this.#deletion.has(id)) this.#deletion.begin([id], result?.title || article.topic).focus();
  }

  #deletionChanged(how) {
    document.querySelector("[data-controller=live]").toggleAttribute("data-removing", how === "begun");
    if (how === "undone") document.querySelector(".menu--more > summary").focus();
    if (how === "done") location.replace(libraryPage);
  }
}
