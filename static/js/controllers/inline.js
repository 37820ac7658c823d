import { phrase } from "../helpers/say.js";
import { make } from "./dom.js";

const special = /[\\`*_[]/;
const citation = /^\[(\d{1,3})\]/;
const link = /^\[([^[\]\n]{1,200})\]\((https?:\/\/[^\s()]{1,1000})\)/i;
const unfinished = /^\[([^[\]\n]{0,200}|[^[\]\n]{1,200}\](\([^\s()]{0,1000})?)$/; // a citation or a link to be
const escaped = /^\\[!-/:-@[-`{-~\n]/;
const CODE = 200; // characters in which it has to be closed
const word = /[\p{L}\p{N}]/u;
const point = /[\p{P}\p{S}]/u;

/** The text of one block as it arrives: bold, italic, code, links, citations. Of what is open only the mark is kept. */
export class Inline {
  #open; // elements, the innermost last
  #rest = ""; // what can't be told yet
  #last = ""; // the character before it
  #plainly = ""; // what is to be shown as it is: at once, since every addition costs as much as the text is long
  #sources;

  constructor(block, sources) {
    this.#open = [{ element: block, mark: "" }];
    this.#sources = sources;
  }

  write(text) {
    this.#rest += text;
    while (this.#rest && this.#step(false));
    this.#show();
  }

  end() {
    while (this.#rest) this.#step(true);
    this.#show();
    while (this.#open.length > 1) this.#unwrap(this.#open.pop());
  }

  get #element() {
    return this.#open.at(-1).element;
  }

  #step(over) {
    const at = this.#rest.search(special);
    if (at) return this.#plain(at < 0 ? this.#rest.length : at);
    if (this.#rest[0] === "\\") return this.#escape(over);
    if (this.#rest[0] === "`") return this.#code(over);
    if (this.#rest[0] === "[") return this.#link(over);
    return this.#emphasis(over);
  }

  #plain(length, from = 0) {
    this.#plainly += this.#rest.slice(from, length);
    return this.#taken(length);
  }

  #show(...elements) {
    const { lastChild } = this.#element;
    if (lastChild?.nodeType === Node.TEXT_NODE) lastChild.appendData(this.#plainly);
    else if (this.#plainly) this.#element.append(this.#plainly);
    this.#plainly = "";
    this.#element.append(...elements);
  }

  #taken(length) {
    this.#last = this.#rest[length - 1];
    this.#rest = this.#rest.slice(length);
    return true;
  }

  #escape(over) {
    if (this.#rest.length < 2 && !over) return false;
    if (!escaped.test(this.#rest)) return this.#plain(1);
    if (this.#rest[1] !== "\n") return this.#plain(2, 1);
    this.#show(make("br"));
    return this.#taken(2);
  }

  #code(over) {
    const [marks] = /^`+/.exec(this.#rest);
    const end = this.#rest.slice(0, CODE).indexOf(marks, marks.length);
    if (end < 0 && this.#rest.length < CODE && !over) return false;
    if (end < 0) return this.#plain(marks.length);
    this.#show(make("code", {}, this.#rest.slice(marks.length, end)));
    return this.#taken(end + marks.length);
  }

  #link(over) {
    const [mark, id] = citation.exec(this.#rest) ?? [];
    if (this.#sources.has(id)) return this.#cite(mark, id);
    const [all, text, href] = link.exec(this.#rest) ?? [];
    if (!all && !over && unfinished.test(this.#rest)) return false;
    if (!all) return this.#plain(1);
    this.#show(make("a", { href, rel: "noopener noreferrer nofollow" }, text));
    return this.#taken(all.length);
  }

  #cite(mark, id) {
    this.#show();
    const { lastChild } = this.#element;
    if (lastChild?.nodeType === Node.TEXT_NODE) lastChild.data = lastChild.data.trimEnd(); // it stands close
    this.#show(citationOf(id, this.#sources.get(id)));
    return this.#taken(mark.length);
  }

  #emphasis(over) {
    const [marks] = /^(\*+|_+)/.exec(this.#rest);
    const next = this.#rest[marks.length] ?? "";
    if (!next && !over) return false;
    const { mark } = this.#open.at(-1);
    if (mark && marks.startsWith(mark) && closes(marks[0], this.#last, next)) return this.#close(mark);
    if (!opens(marks[0], this.#last, next)) return this.#plain(marks.length);
    const element = make(marks.length % 2 ? "em" : "strong");
    this.#show(element);
    this.#open.push({ element, mark: marks[0].repeat(marks.length % 2 ? 1 : 2) });
    this.#rest = this.#rest.slice(marks.length % 2 ? 1 : 2);
    return true;
  }

  #close(mark) {
    this.#show();
    this.#open.pop();
    this.#rest = this.#rest.slice(mark.length);
    return true;
  }

  /** It was never closed: it was no emphasis. */
  #unwrap({ element, mark }) {
    element.replaceWith(mark, ...element.childNodes);
  }
}

/** CommonMark's rule, as far as one character on either side tells. */
const leans = (inner, outer) => /\S/.test(inner) && (!point.test(inner) || !word.test(outer));
const opens = (mark, before, after) => leans(after, before) && (mark === "*" || !word.test(before));
const closes = (mark, before, after) => leans(before, after) && (mark === "*" || !word.test(after));

/** A citation, as a link to the source that it stands for. */
export const citationOf = (id, { title }) =>
  make("a", { class: "cite", href: `#source-${id}`, "data-source": id, "aria-label": phrase("article.source", { id, title }) }, id);
