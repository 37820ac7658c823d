import { stopped } from "../helpers/phrases.js";
import { phrase, say } from "../helpers/say.js";
import { LivePart } from "./controller.js";
import { make, setText } from "./dom.js";

const host = (url) => URL.parse(url)?.host ?? "";
const safe = (url) => /^https?:/i.test(url ?? "");

/** Where the article has its facts from: a list below it, and a note at each citation. */
export class SourcesController extends LivePart {
  #note = new Note(document.getElementById("note"));
  #sources = new Map();
  #shown = null;

  connect() {
    const over = ({ target }) => target.closest?.(".cite") && this.#show(target.closest(".cite"));
    const out = ({ target }) => target.closest?.(".cite") && this.#note.hide();
    for (const type of ["pointerover", "focusin"]) this.listen(document, type, over);
    for (const type of ["pointerout", "focusout"]) this.listen(document, type, out);
    this.listen(document, "keydown", ({ key }) => key === "Escape" && this.#note.hide());
  }

  draw({ article, result, shown }) {
    if (result !== this.#shown) this.#list((this.#shown = result), skipped(article.stage("research")));
    if (!result) this.#sources = article.sources;
    const [, list, missed, why] = this.element.children;
    const empty = !list.children.length && missed.hidden && !why.textContent;
    this.element.hidden = !result || empty || !shown;
  }

  #list(result, reason) {
    const cited = result?.cited_sources ?? [];
    const all = cited.length ? cited : (result?.research_data?.sources ?? []);
    const unread = result?.research_data?.missed ?? [];
    const [, list, missed, why] = this.element.children;
    this.#sources = new Map(all.map((source) => [String(source.id), source]));
    list.replaceChildren(...all.map(item));
    missed.lastElementChild.replaceChildren(...unread.map(failure));
    missed.hidden = !unread.length;
    setText(why, reason);
  }

  #show(mark) {
    const source = this.#sources.get(mark.dataset.source);
    if (source) this.#note.show(mark, [source.title, host(source.url), source.passages?.[0] ?? ""]);
  }
}

const skipped = (research) => (research.status() === "skipped" ? stopped(research.parts[0].message) : "");

const link = (url, text) => make("a", { href: url, rel: "noopener noreferrer nofollow", dir: "auto" }, text);

function item({ id, title, url, passages = [] }) {
  const name = safe(url) ? link(url, title) : make("span", { dir: "auto" }, title);
  const place = make("span", { class: "sources__host" }, host(url));
  const given = passages.length ? [passagesUsed(passages)] : [];
  return make("li", { id: `source-${id}`, value: id }, name, " ", place, ...given);
}

function passagesUsed(passages) {
  const quotes = passages.map((passage) => make("blockquote", { dir: "auto" }, passage));
  return make("details", {}, make("summary", {}, phrase("article.passages")), ...quotes);
}

function failure({ url, reason, why }) {
  const said = stopped(say({ ...why, message: reason }));
  return make("li", {}, safe(url) ? link(url, url) : url, phrase("word.colon"), make("span", { class: "sources__why" }, said));
}

const EDGE = 12;

/** A small note at a word of the text. */
class Note {
  #element;
  #at = null;

  constructor(element) {
    this.#element = element;
  }

  show(mark, lines) {
    this.hide();
    this.#at = mark;
    mark.setAttribute("aria-describedby", this.#element.id);
    this.#element.replaceChildren(...lines.filter(Boolean).map((line) => make("p", { dir: "auto" }, line)));
    this.#element.hidden = false;
    this.#place(mark.getBoundingClientRect());
  }

  hide() {
    this.#at?.removeAttribute("aria-describedby");
    this.#at = null;
    this.#element.hidden = true;
  }

  #place({ left, top, bottom }) {
    const { offsetWidth, offsetHeight, style } = this.#element;
    const below = bottom + EDGE / 2 + offsetHeight < innerHeight;
    style.left = `${Math.max(EDGE, Math.min(left, document.documentElement.clientWidth - offsetWidth - EDGE))}px`;
    style.top = `${below ? bottom + EDGE / 2 : top - EDGE / 2 - offsetHeight}px`;
  }
}
