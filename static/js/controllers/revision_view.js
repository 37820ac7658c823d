import { unmarked } from "../helpers/markdown.js";
import { marked } from "./difference.js";
import { make } from "./dom.js";
import { rangeIn } from "./selected.js";

/** A passage that is being changed, where it stands: the old words, and the new ones as they come. What stood there is
 * hidden meanwhile, and shown again when this is taken away. */
export class RevisionView {
  element; // what is shown in its place
  #hidden; // the blocks that it stands for
  #old;
  #new = make("ins", { class: "revision__new" });
  #whole; // of whole blocks, paragraph by paragraph

  constructor({ blocks, range, passage }) {
    this.#hidden = blocks;
    this.#whole = !range;
    this.element = range ? this.#inLine(blocks[0], range) : this.#inBlocks(passage);
    blocks[0].before(this.element);
    for (const block of blocks) block.hidden = true;
  }

  /** From where the words change to the end of the paragraph that they stand in. */
  get place() {
    const first = this.element.querySelector(".revision__old:not(:empty), ins:not(:empty), del") ?? this.element;
    const { top, left, right } = first.getBoundingClientRect();
    return { top, left, right, bottom: this.element.getBoundingClientRect().bottom };
  }

  writes(text) {
    this.#old.dataset.going = "";
    this.#new.textContent = unmarked(text);
  }

  /** Word by word what was taken out and put in. */
  compares(changes) {
    const bare = changes.map(({ kind, text }) => ({ kind, text: unmarked(text) })).filter(({ text }) => text);
    const words = marked(bare.some(({ kind }) => kind !== "same") ? bare : changes);
    if (this.#whole) return this.element.replaceChildren(...words);
    const [, before, after] = /^(\s*).*?(\s*)$/s.exec(this.#old.textContent); // was selected too, and stays
    this.#old.replaceWith(before, ...words, after);
    this.#new.remove();
  }

  end() {
    this.element.remove();
    for (const block of this.#hidden) block.hidden = false;
  }

  #inLine(block, range) {
    const copy = block.cloneNode(true);
    copy.removeAttribute("id");
    copy.classList.add("revision");
    const inCopy = rangeIn(copy, range, block);
    this.#old = make("span", { class: "revision__old" });
    this.#old.append(inCopy.extractContents());
    inCopy.insertNode(this.#new);
    inCopy.insertNode(this.#old);
    return copy;
  }

  #inBlocks(passage) {
    this.#old = make("span", { class: "revision__old" }, unmarked(passage));
    return make("div", { class: "revision revision--blocks", dir: "auto" }, this.#old, "\n\n", this.#new);
  }
}
