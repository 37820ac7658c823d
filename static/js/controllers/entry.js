import { livePage } from "../api.js";
import { ARTICLE_STATES, moment, when, words } from "../helpers/phrases.js";
import { copyOf, setText } from "./dom.js";

/** An article as one line of a list. */
export function entry(article) {
  const element = copyOf("entry").firstElementChild;
  element.dataset.id = article.id;
  drawEntry(element, article);
  return element;
}

export function drawEntry(element, { id, title, topic, status, words: count, created_at }) {
  const [link, state, length, time] = element.querySelectorAll("a, .state, .entry__words, time");
  link.href = livePage(id);
  setText(link, title || topic);
  element.dataset.status = status;
  setText(state, ARTICLE_STATES[status] ?? status);
  setText(length, count ? words(count) : "");
  setText(time, when(created_at));
  time.dateTime = created_at;
  time.title = moment(created_at);
}
