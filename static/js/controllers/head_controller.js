import { phrase } from "../helpers/say.js";
import { count, reading, when, words } from "../helpers/phrases.js";
import { nameOf } from "../helpers/languages.js";
import { LivePart } from "./controller.js";
import { make, setText } from "./dom.js";

/** What stands above the text: its title, its standfirst, and in one line what it is. */
export class HeadController extends LivePart {
  #shown = null;

  draw(viewing) {
    const { article, result, state } = viewing;
    const title = state === "missing" ? phrase("live.not_found") : titleOf(viewing);
    if (title && viewing.mode !== "write") setText(this.part("topic"), title);
    const standfirst = result ? result.seo_meta?.meta_description : article.standfirst;
    setText(this.part("standfirst"), standfirst ?? "");
    this.part("standfirst").hidden = !standfirst || !article.end; // who reads the text meanwhile is not moved
    this.part("byline").hidden = !result?.content;
    this.part("steps").hidden = !this.part("byline").hidden;
    if (result && result !== this.#shown) this.#byline(result);
    this.#speak(article.language);
  }

  #byline(result) {
    this.#shown = result;
    const language = (this.viewing.article.language = result.lang);
    const facts = [
      result.draft && phrase("live.draft"),
      words(result.words, result.lang),
      reading(result.minutes),
      result.cited_sources?.length && count(result.cited_sources.length, "source"),
      language && nameOf(language),
      result.created_at && when(result.created_at),
    ];
    this.part("byline").replaceChildren(...facts.filter(Boolean).flatMap((fact) => [make("span", {}, fact), " "]));
  }

  /** In the article's own language, as far as it is known. */
  #speak(language) {
    if (!language) return;
    for (const element of document.querySelectorAll(".headline, .standfirst, .article, .drafts, .contents ol"))
      if (element.lang !== language) element.lang = language;
  }
}

/** The headline of the text, whole or as it comes; before there is one, what it is to be. */
export function titleOf({ article, result }) {
  const text = result?.content ?? article.text("style", null).value;
  const headline = /^# +(\S.*)\n/.exec(`${text.slice(0, 400)}${result ? "\n" : ""}`)?.[1];
  return headline ?? (result?.title || article.outline?.title || article.topic);
}
