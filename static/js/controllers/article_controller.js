import { phrase } from "../helpers/say.js";
import { serverUrl } from "../asking.js";
import { LivePart } from "./controller.js";
import { make } from "./dom.js";
import { keepPlace } from "./follow.js";
import { citationOf } from "./inline.js";
import { Manuscript } from "./manuscript.js";
import { standsFor } from "./markdown_of.js";
import { showHtml } from "./rendered.js";
import { Rewriting } from "./rewriting.js";

const citation = /\[(\d{1,3})\]/g;

/** The article itself: as it is written, and once it is stored as the server renders it. */
export class ArticleController extends LivePart {
  #manuscript = new Manuscript(this.element);
  #rewriting = new Rewriting(this.element, this.viewing);
  #rendered = null; // the result that is shown
  #written = false; // it has been written in

  connect() {
    this.listen(this.element, "click", ({ target }) => this.#rewriting.clicked(target));
    this.listen(window, "resize", () => this.#reach());
  }

  draw({ article, result, mode, shown, held }) {
    const text = article.text("style", null);
    if (this.#written && mode === "write") return;
    const written = this.#written;
    this.#written = mode === "write";
    const finished = result?.content ? result : null;
    this.element.hidden = !shown || held || !(finished ?? text.value);
    if (finished && finished === this.#rendered && !written) return this.#rewriting.draw(article);
    if (finished) return this.#render(finished);
    if (this.#rendered) this.#manuscript = new Manuscript(this.element, { empty: true });
    this.#rendered = null;
    this.#manuscript.draw(text, { writing: !article.end && Boolean(text.value), sources: article.sources });
  }

  /** Lets the keyboard scroll what is too wide, and stop at nothing else. */
  #reach() {
    for (const wide of this.element.querySelectorAll("table, pre")) {
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
      else wide.removeAttribute("tabindex");
    }
  }

  #render(result) {
    const { article } = this.viewing;
    if (!this.#rendered)
      this.#manuscript.draw(article.text("style", null), { writing: false, sources: article.sources });
    this.#rendered = result;
    const shown = make("div", {}, ...result.sections.flatMap(blocks));
    annotate(shown, result);
    keepPlace(this.element, () => this.element.replaceChildren(...shown.childNodes));
    this.#reach();
    this.element.dispatchEvent(new CustomEvent("article:rendered", { bubbles: true }));
  }
}

export class PictureController extends LivePart {
  connect() {
    this.listen(this.element.firstElementChild, "error", () => (this.element.hidden = true));
  }

  draw({ result, shown }) {
    const [image] = this.element.children;
    const url = result?.image_url && serverUrl(result.image_url)?.href;
    if (url && image.src !== url) image.src = url;
    if (url && image.alt !== result.image_alt) image.alt = result.image_alt ?? "";
    this.element.hidden = !url || !shown || (image.complete && !image.naturalWidth);
  }
}

/** The blocks of a section. Its heading is named by the section's id, and followed by its button. */
function blocks({ id, html }) {
  const section = make("div");
  showHtml(section, html);
  const heading = section.querySelector(":scope > h2");
  if (id && heading) entitle(heading, id);
  return [...section.childNodes];
}

function entitle(heading, id) {
  heading.id = `section-${id}`;
  heading.dir = "auto";
  const about = { type: "button", class: "rewrite-this for-writers", "data-section": id };
  const button = make("button", about, phrase("article.rewrite"));
  button.ariaLabel = phrase("article.rewrite_one", { title: heading.textContent });
  heading.after(button);
}

/** Turns citations into links to the sources they stand for. */
function annotate(root, { cited_sources: cited = [], research_data: research }) {
  const sources = new Map([...(research?.sources ?? []), ...cited].map((source) => [String(source.id), source]));
  if (sources.size) cite(root, sources);
}

function cite(root, sources) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, ({ parentElement }) =>
    parentElement.closest("a, code, pre, button") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const texts = [];
  while (walker.nextNode()) if (walker.currentNode.data.includes("[")) texts.push(walker.currentNode);
  for (const text of texts) text.replaceWith(...cited(text.data, sources));
}

function cited(text, sources) {
  const parts = [];
  let from = 0;
  for (const { 0: mark, 1: id, index } of text.matchAll(citation)) {
    if (!sources.has(id)) continue;
    const before = text.slice(from, index);
    const citation = citationOf(id, sources.get(id));
    standsFor(citation, before.slice(before.trimEnd().length) + mark);
    parts.push(before.trimEnd(), citation); // a raised figure stands close
    from = index + mark.length;
  }
  return [...parts, text.slice(from)];
}