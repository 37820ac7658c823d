const heading = /^(#{1,6}) +(?=\S)/;
const undecided = /^#{0,6}$/; // may still become a heading

/** A growing text as headings and paragraphs. Only what is new is drawn, and only ever as text. */
export class Manuscript {
  #root;
  #revision = 0;
  #drawn = 0;
  #node = null;
  #ends = "";

  constructor(root, { empty = false } = {}) {
    if (empty) root.replaceChildren();
    this.#root = root;
  }

  draw({ value, revision }, { writing }) {
    this.#root.ariaBusy = writing;
    if (revision !== this.#revision) this.#clear(revision);
    const limit = value.trimEnd().length;
    while (this.#drawn < limit && (this.#node || this.#begin(value, limit))) this.#continue(value, limit);
  }

  #clear(revision) {
    this.#root.replaceChildren();
    this.#revision = revision;
    this.#drawn = 0;
    this.#node = null;
  }

  #begin(value, limit) {
    while (value[this.#drawn] === "\n") this.#drawn += 1;
    const marks = heading.exec(value.slice(this.#drawn, this.#drawn + 9));
    if (!marks && undecided.test(value.slice(this.#drawn, Math.min(limit, this.#drawn + 8)))) return false;
    const block = document.createElement(marks ? `h${marks[1].length}` : "p");
    block.dir = "auto";
    this.#node = block.appendChild(document.createTextNode(""));
    this.#root.append(block);
    this.#drawn += marks?.[0].length ?? 0;
    this.#ends = marks ? "\n" : "\n\n";
    return true;
  }

  #continue(value, limit) {
    const end = value.indexOf(this.#ends, this.#drawn);
    const stop = end < 0 ? limit : Math.min(end, limit);
    this.#node.appendData(value.slice(this.#drawn, stop));
    this.#drawn = stop;
    if (stop === end) this.#node = null;
  }
}
