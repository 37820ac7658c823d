import { addressOf, isWhole } from "../helpers/addresses.js";
import { phrase } from "../helpers/say.js";
import { setText } from "./dom.js";

/** Asks where the selected words lead, at the foot of the text that is written in. */
export class LinkField {
  #element;
  #article;
  #input;
  #range = null; // the words

  constructor(element, article) {
    this.#element = element;
    this.#article = article;
    this.#input = element.querySelector("input");
    element.addEventListener("click", ({ target }) => this.#does[target.dataset.link]?.());
    element.addEventListener("keydown", (event) => this.#pressed(event));
  }

  #does = {
    set: () => this.#set(),
    remove: () => (this.#back(), document.execCommand("unlink")),
    leave: () => this.#back(),
  };

  open() {
    const selection = getSelection();
    if (!this.#article.contains(selection.anchorNode)) return;
    const link = linkAt(selection.anchorNode);
    if (link) selection.selectAllChildren(link);
    this.#range = selection.getRangeAt(0).cloneRange();
    CSS.highlights.set("linked", new Highlight(this.#range));
    this.#element.hidden = false;
    this.#element.querySelector("[data-link=remove]").hidden = !link;
    this.#object("");
    this.#input.value = link?.getAttribute("href") ?? (isWhole(`${selection}`) ? `${selection}` : "");
    this.#input.focus();
    this.#input.select();
  }

  #pressed(event) {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    if (event.key === "Enter" && event.target !== this.#input) return;
    event.preventDefault();
    event.stopPropagation();
    this.#does[event.key === "Enter" ? "set" : "leave"]();
  }

  #set() {
    const typed = this.#input.value.trim();
    const address = addressOf(typed);
    if (!address) return this.#object(phrase(typed ? "editor.link_wrong" : "editor.link_empty"));
    this.#back();
    const selection = getSelection();
    if (selection.isCollapsed) {
      document.execCommand("insertText", false, address);
      selection.extend(selection.anchorNode, selection.anchorOffset - address.length);
    }
    document.execCommand("createLink", false, address);
    selection.collapseToEnd();
  }

  close() {
    CSS.highlights.delete("linked");
    this.#element.hidden = true;
  }

  /** The words are selected again. */
  #back() {
    this.close();
    this.#article.focus({ preventScroll: true });
    getSelection().removeAllRanges();
    getSelection().addRange(this.#range);
  }

  #object(message) {
    this.#input.ariaInvalid = message ? "true" : null;
    setText(this.#element.querySelector(".field-error"), message);
    if (message) this.#input.focus();
  }
}

const linkAt = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest("a:not(.cite)");
