/** What is to be said about an article beside it. */

import { phrase } from "../helpers/say.js";
import { clock, dollars, duration, moment, number, ofSection, percent } from "../helpers/phrases.js";
import { scaleOf } from "../models/progress.js";
import { LivePart } from "./controller.js";
import { make, setText } from "./dom.js";
import { atEnd } from "./follow.js";

/** How the article came about, and what it cost: behind one button. */
export class DetailsController extends LivePart {
  connect() {
    const details = document.getElementById(this.element.getAttribute("aria-controls"));
    this.listen(this.element, "click", () => {
      details.hidden = !details.hidden;
      this.element.ariaExpanded = !details.hidden;
      this.viewing.enter(this.viewing.mode); // what was hidden is drawn
    });
  }

  draw() {}
}

/** The article's sections, to go to. */
export class ContentsController extends LivePart {
  connect() {
    this.element.open = matchMedia("(width >= 80rem)").matches;
    this.listen(document, "article:rendered", ({ target }) => this.#list(target));
  }

  draw({ result, shown }) {
    this.element.hidden = !result || !shown || !this.element.querySelector("li");
  }

  #list(article) {
    const headings = [...article.querySelectorAll("h2[id]")];
    this.element.querySelector("ol").replaceChildren(...headings.map(item));
    this.draw(this.viewing);
  }
}

const item = ({ id, textContent }) => make("li", {}, make("a", { href: `#${id}`, dir: "auto" }, textContent));

/** The finished article in figures. */
export class FactsController extends LivePart {
  #shown = null;

  draw({ article, result }) {
    this.element.hidden = !result?.content;
    if (result === this.#shown || !result) return;
    this.#shown = result;
    const facts = Object.entries(figures(result, article.end ?? {}, article.topic)).filter(([, figure]) => figure);
    this.element
      .querySelector("dl")
      .replaceChildren(...facts.flatMap(([name, figure]) => [make("dt", {}, phrase(`figure.${name}`)), make("dd", {}, figure)]));
  }
}

function figures(
  { version, usage, cost, repetition_rate: repeated, dropped_citations: dropped, completed_at },
  { elapsed_ms },
  topic,
) {
  const tokens = usage?.completion_tokens;
  return {
    topic,
    version: String(version),
    finished: completed_at && moment(completed_at),
    time: elapsed_ms && duration(elapsed_ms, true),
    tokens: tokens && number(tokens),
    cost: typeof cost === "number" && dollars(cost),
    repetition: typeof repeated === "number" && percent(repeated),
    citations: dropped && number(dropped),
  };
}

/** The article as a search engine would show it. */
export class SeoController extends LivePart {
  draw({ result }) {
    const seo = result?.seo_meta;
    this.element.hidden = !seo;
    if (!seo) return;
    const [place, title, text, keywords] = this.element.querySelector(".seo").children;
    setText(place, `${location.host} › ${seo.slug}`);
    setText(title, seo.title);
    setText(text, seo.meta_description);
    setText(keywords, seo.keywords?.join(" · ") ?? "");
  }
}

/** What was said of the work, line by line. */
export class LogController extends LivePart {
  #shown = 0;

  draw({ article, late }) {
    const { entries } = article.log;
    const list = this.element.querySelector("ol");
    const frame = list.parentElement;
    if (entries.length < this.#shown) list.replaceChildren((this.#shown = 0) || "");
    if (entries.length === this.#shown) return;
    const follows = atEnd(frame) && !late;
    const scale = scaleOf(article);
    list.append(...entries.slice(this.#shown).map((entry) => line(entry, scale.at(entry.at) - scale.at(entries[0].at))));
    this.#shown = entries.length;
    if (follows) frame.scrollTop = frame.scrollHeight;
  }
}

function line({ at, section, status, message, elapsed }, since) {
  const time = make("time", { datetime: new Date(at).toISOString() }, clock(Math.max(0, Math.round(since / 1000))));
  const took = elapsed ? ` · ${duration(elapsed, true)}` : "";
  return make("li", { "data-status": status }, time, make("span", { dir: "auto" }, ofSection(section, message) + took));
}
