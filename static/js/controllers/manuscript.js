import { closesCode, lineOf } from "../helpers/markdown.js";
import { make } from "./dom.js";
import { Inline } from "./inline.js";

const NOTHING = new Map();

/** Growing Markdown as blocks. Only what is new is drawn, only ever as text, and only at the end of the last block. */
export class Manuscript {
  #root;
  #revision = 0;
  #ended; // how long the text was when it was said to be over
  #sources;
  #at; // what comes before is drawn
  #kindKnown; // it is known what the line there is
  #apart; // a blank line comes before it, or a block that takes no more text
  #hard; // the line before ends in a line break of its own
  #fence; // what closes the code
  #quote;
  #items; // lists within lists: { list, ordered, column, element }
  #block;
  #text; // of the block, as it arrives

  /** What begins a line of each kind; the marks are passed over. */
  #begins = {
    blank: () => this.#parted(),
    heading: ({ hashes }) => this.#alone(`h${hashes.length}`),
    rule: () => this.#alone("hr"),
    fence: ({ fence }) => this.#code(fence),
    quote: ({ marks }, line) => this.#quoted(line.length > marks.length),
    item: (line) => this.#item(line),
    text: ({ marks }) => this.#paragraph(marks.length),
  };

  constructor(root, { empty = false } = {}) {
    this.#root = root;
    this.#start(empty);
  }

  /** `sources`, by the figures that cite them. */
  draw({ value, revision }, { writing, sources = NOTHING }) {
    this.#root.ariaBusy = writing;
    this.#sources = sources;
    if (revision !== this.#revision || value.length > this.#ended) this.#start(true);
    this.#revision = revision;
    const limit = value.trimEnd().length;
    while (this.#at < limit && this.#line(value, limit, !writing));
    if (writing || this.#ended < Infinity) return;
    this.#text?.end();
    this.#ended = value.length;
  }

  #start(empty) {
    if (empty) this.#root.replaceChildren();
    this.#at = 0;
    this.#ended = Infinity;
    this.#items = [];
    this.#kindKnown = this.#hard = false;
    this.#apart = true;
    this.#fence = this.#quote = this.#block = this.#text = null;
  }

  /** A line, or what there is of it. False if it can't be told yet what it is. */
  #line(value, limit, over) {
    const newline = value.indexOf("\n", this.#at);
    const whole = newline >= 0 && newline < limit;
    const end = whole ? newline : limit;
    if (!this.#kindKnown && !this.#begin(value.slice(this.#at, end), whole || over)) return false;
    const text = value.slice(this.#at, end);
    this.#text?.write(whole && !this.#fence ? text.trimEnd() : text);
    this.#at = whole ? end + 1 : end;
    this.#kindKnown = !whole;
    this.#hard = whole && value.slice(end - 2, end) === "  ";
    return true;
  }

  #begin(line, whole) {
    if (this.#fence) return this.#inCode(line, whole);
    let found = lineOf(line, whole);
    if (!found) return false;
    // A year that begins a line within a paragraph is no list.
    const year = found.number !== undefined && Number(found.number) !== 1 && !this.#apart && !this.#items.length;
    if (year) found = { kind: "text", marks: "" };
    this.#begins[found.kind](found, line);
    this.#at += found.marks.length;
    return true;
  }

  #inCode(line, whole) {
    const over = closesCode(line, this.#fence, whole);
    if (over === null) return false;
    if (!over) this.#text.write(this.#block.textContent && "\n");
    else this.#fence = this.#text = null;
    this.#at += over ? line.length : 0;
    return true;
  }

  #code(fence) {
    const code = make("code");
    this.#block = this.#add("pre", this.#items.at(-1)?.element ?? this.#quote ?? this.#root, code);
    this.#text = { write: (text) => code.append(text), end() {} };
    this.#fence = fence;
    this.#apart = true;
  }

  /** A block that takes no text but its own line. */
  #alone(name) {
    this.#leave(0);
    this.#add(name, this.#root);
    this.#apart = true;
  }

  #parted() {
    this.#apart = true;
    this.#quote = null;
  }

  #quoted(text) {
    this.#items = [];
    if (!text) return (this.#apart = true);
    if (this.#quote && !this.#apart) this.#text.write("\n");
    else this.#add("p", (this.#quote ??= this.#add("blockquote", this.#root)));
    this.#apart = false;
  }

  #item({ marks, indent, number }) {
    const last = this.#leave(indent.length);
    const ordered = number !== undefined;
    const list = last?.ordered === ordered ? last.list : this.#list(ordered ? Number(number) : null);
    this.#items.push({ list, ordered, column: marks.length, element: this.#add("li", list) });
    this.#apart = false;
  }

  #list(number) {
    const list = make(number === null ? "ul" : "ol", number > 1 ? { start: number } : {});
    return (this.#items.at(-1)?.element ?? this.#root).appendChild(list);
  }

  #paragraph(indent) {
    if (this.#text && !this.#apart) return this.#text.write(this.#hard ? "\\\n" : "\n");
    this.#leave(indent);
    this.#add("p", this.#items.at(-1)?.element ?? this.#root);
    this.#apart = false;
  }

  /** Out of the quote, and of the lists that the line is not indented enough for; the outermost of those. */
  #leave(indent) {
    let last;
    this.#quote = null;
    while (this.#items.length && indent < this.#items.at(-1).column) last = this.#items.pop();
    return last;
  }

  /** A new block at the end. The caret goes with it. */
  #add(name, parent, ...children) {
    this.#text?.end();
    this.#block?.removeAttribute("data-caret");
    this.#block = make(name, { "data-caret": "" }, ...children);
    this.#text = new Inline(this.#block, this.#sources);
    return parent.appendChild(this.#block);
  }
}
