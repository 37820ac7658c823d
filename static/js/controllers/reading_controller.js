import { serverUrl } from "../asking.js";
import { reading as minutes, stopped, words } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { oncePerFrame } from "../helpers/timing.js";
import { Reading } from "../models/reading.js";
import { Controller } from "./controller.js";
import { make, setText } from "./dom.js";
import { citationOf } from "./inline.js";
import { Manuscript } from "./manuscript.js";
import { showHtml } from "./rendered.js";

const heading = /^## /gm;
const SAID = {
  opening: phrase("word.loading"),
  pending: phrase("read.pending"),
  processing: phrase("read.processing"),
  awaiting_review: phrase("read.awaiting_review"),
  failed: phrase("read.failed"),
  cancelled: phrase("read.cancelled"),
  lost: phrase("read.lost"),
};

/** The page behind a link: an article to read, also while it is written, without any tools. */
export class ReadingController extends Controller {
  #token = location.pathname.split("/").at(-1);
  #draw = oncePerFrame(() => this.#drawNow());
  #reading = new Reading(decodeURIComponent(this.#token), this.#draw);
  #live = new LiveText(this.part("live"));
  #shown = null; // the HTML that is shown
  #listed = null; // the sources that are listed

  connect() {
    this.listen(this.part("picture").firstElementChild, "error", () => (this.part("picture").hidden = true));
    this.#reading.open();
  }

  disconnect() {
    super.disconnect();
    this.#draw.cancel();
    this.#reading.close();
  }

  #drawNow() {
    const { title, stored, live, why, progress } = this.#reading;
    const status = this.#reading.lost ? "lost" : this.#reading.status;
    this.element.dataset.status = status;
    this.part("progress").hidden = !live;
    this.part("progress").ariaValueNow = progress;
    this.part("progress").style.setProperty("--done", `${progress}%`);
    setText(this.part("status"), why ? stopped(why) : (SAID[status] ?? ""));
    const length = stored?.words && !live ? [minutes(stored.minutes), words(stored.words, stored.language)] : [];
    setText(this.part("byline"), length.join(" · "));
    if (title) setText(this.part("title"), (document.title = title));
    if (stored?.language) this.element.lang = stored.language;
    this.#drawText();
    this.#drawPicture();
    this.#drawSources();
  }

  #drawText() {
    const { stored, live } = this.#reading;
    const html = live ? "" : (stored?.html ?? "");
    const article = this.part("article");
    article.hidden = !html;
    this.part("live").hidden = Boolean(html);
    if (!html) this.#live.draw(this.#reading);
    else if (html !== this.#shown) this.#show(html);
  }

  #show(html) {
    const article = this.part("article");
    showHtml(article, (this.#shown = html));
    for (const table of article.querySelectorAll("table, pre")) table.tabIndex = 0; // they may have to be scrolled
    for (const link of article.querySelectorAll('a[href^="#source-"]')) this.#cite(link);
  }

  /** As it stands while the text arrives. */
  #cite(link) {
    const id = link.hash.replace("#source-", "");
    const before = link.previousSibling;
    if (before?.nodeType === Node.TEXT_NODE) before.data = before.data.trimEnd();
    if (this.#reading.sources.has(id)) link.replaceWith(citationOf(id, this.#reading.sources.get(id)));
  }

  #drawPicture() {
    const figure = this.part("picture");
    const [image] = figure.children;
    const { picture } = this.#reading;
    if (picture === null || image.src) return;
    Object.assign(image, { src: serverUrl(`read/${this.#token}/image`), alt: picture });
    figure.hidden = false;
  }

  #drawSources() {
    const { sources } = this.#reading;
    if (sources === this.#listed) return;
    this.#listed = sources;
    this.part("sources").hidden = !sources.size;
    this.part("sources").querySelector("ol").replaceChildren(...[...sources.values()].map(item));
  }
}

function item({ id, title, url }) {
  const link = { href: url, rel: "noopener noreferrer nofollow", dir: "auto" };
  const name = /^https?:/i.test(url ?? "") ? make("a", link, title) : make("span", { dir: "auto" }, title);
  return make("li", { id: `source-${id}`, value: id }, name);
}

/** The text as it is written: what is edited, and behind it the drafts that have still to be. */
class LiveText {
  #root;
  #article;
  #drafts = [];

  constructor(root) {
    this.#root = root;
    this.#article = new Manuscript(root.firstElementChild);
  }

  draw(reading) {
    const { sections, sources, live } = reading;
    const edited = reading.text("article", null);
    this.#article.draw(edited, { writing: live && Boolean(edited.value), sources });
    const begun = edited.value.match(heading)?.length ?? 0;
    sections.forEach((title, i) => {
      const draft = (this.#drafts[i] ??= this.#add());
      const text = reading.text("draft", i + 1);
      setText(draft.title, title);
      draft.manuscript.draw(text, { writing: live && !edited.value, sources });
      const left = this.#replace(draft, i + 1 === begun);
      draft.element.hidden = !text.value || i + 1 < begun || !left;
    });
  }

  /** Of the section that is being edited, what has been reached goes, block by block. Tells whether any is left. */
  #replace({ title, element }, reached) {
    const blocks = [...this.#root.firstElementChild.children];
    const edited = reached ? blocks.length - 1 - blocks.findLastIndex(({ localName }) => localName === "h2") : 0;
    title.hidden = reached;
    const drafted = [...element.lastElementChild.children];
    for (const [i, block] of drafted.entries()) block.hidden = i < edited;
    return edited < drafted.length;
  }

  #add() {
    const [title, text] = [make("h2", { dir: "auto" }), make("div", { class: "manuscript" })];
    const element = this.#root.appendChild(make("section", { class: "reading__draft" }, title, text));
    return { element, title, manuscript: new Manuscript(text) };
  }
}
