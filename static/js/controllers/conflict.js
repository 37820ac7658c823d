import { phrase } from "../helpers/say.js";
import { compare } from "../api.js";
import { passages } from "../helpers/passages.js";
import { stopped } from "../helpers/phrases.js";
import { drawDifference } from "./difference.js";
import { make } from "./dom.js";

const SCROLLED = { tabindex: "0", role: "region", "aria-label": phrase("conflict.difference") };

/** Somebody has stored another text meanwhile: what differs, and which of the two it shall be. */
export class Conflict {
  #root;
  #does;
  #theirs = null;

  /** `mine()` is the text that is not stored; `keep(theirs)` stores it after theirs, `take(theirs)` gives it up. */
  constructor(root, does) {
    this.#root = root;
    this.#does = does;
  }

  draw(theirs) {
    this.#root.hidden = !theirs;
    if (theirs?.version === this.#theirs?.version) return;
    this.#theirs = theirs;
    this.#root.replaceChildren(...(theirs ? this.#parts(theirs) : []));
  }

  #parts(theirs) {
    const { version } = theirs;
    const says = make("p", { role: "alert" }, phrase("conflict.overtaken", { version }));
    const shown = make("div", { class: "difference conflict__difference", dir: "auto", hidden: "", ...SCROLLED });
    const ways = [
      button(phrase("conflict.compare"), ({ target }) => this.#compare(target, shown)),
      button(phrase("conflict.take", { version }), () => this.#does.take(theirs)),
      button(phrase("conflict.keep", { version: version + 1 }), () => this.#does.keep(theirs)),
    ];
    return [says, make("p", { class: "conflict__ways" }, ...ways), shown];
  }

  async #compare(switching, shown) {
    const open = shown.hidden;
    shown.hidden = !open;
    switching.ariaPressed = open;
    if (!open) return;
    try {
      const { version, title } = this.#theirs;
      const mine = this.#does.mine();
      const blocks = passages((await compare(this.#does.id, version, mine.content)).changes);
      if (mine.title !== title) blocks.unshift({ runs: [{ kind: "removed", text: title }, { kind: "added", text: mine.title }] });
      drawDifference(shown, blocks);
      if (!shown.childNodes.length || !blocks.some(({ runs }) => runs)) shown.prepend(make("p", {}, phrase("conflict.same")));
    } catch (problem) {
      shown.replaceChildren(make("p", { class: "field-error" }, stopped(problem.message)));
    }
  }
}

function button(text, does) {
  const element = make("button", { type: "button", class: "button" }, text);
  element.addEventListener("click", does);
  return element;
}
