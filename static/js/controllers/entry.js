import { livePage } from "../api.js";
import { ARTICLE_STATES, moment, when, words } from "../helpers/phrases.js";
import { copyOf, make, setText } from "./dom.js";

/** An article as one line of a list. */
export function entry(article) {
  const element = copyOf("entry").firstElementChild;
  element.dataset.id = article.id;
  drawEntry(element, article);
  return element;
}

export function drawEntry(element, article) {
  const { id, title, topic, lang, standfirst, found, status, words: count, created_at } = article;
  const [link, about, passage, state, length, time] = element.querySelectorAll(
    "a, .entry__standfirst, .entry__found, .state, .entry__words, time",
  );
  if (lang) link.lang = about.lang = passage.lang = lang;
  setText(about, standfirst ?? "");
  passage.hidden = found?.field !== "text"; // title and topic are there to see
  about.hidden = !standfirst || !passage.hidden;
  if (!passage.hidden) passage.replaceChildren(...found.parts.map((part) => (part.found ? make("mark", {}, part.text) : part.text)));
  link.href = livePage(id);
  setText(link, title || topic);
  element.dataset.status = status;
  setText(state, ARTICLE_STATES[status] ?? status);
  setText(length, count ? words(count) : "");
  setText(time, when(created_at));
  time.dateTime = created_at;
  time.title = moment(created_at);
}
