import { articles, livePage } from "../api.js";
import { serverUrl } from "../asking.js";
import { ARTICLE_STATES, moment, when, words } from "../helpers/phrases.js";
import { Controller } from "./controller.js";
import { copyOf, make, setText } from "./dom.js";

const MOST = 6;

/** The newest articles, under the question. */
export class RecentController extends Controller {
  connect() {
    this.listen(window, "pageshow", ({ persisted }) => persisted && this.#load());
    this.#load();
  }

  async #load() {
    const page = await articles({ limit: MOST }).catch(() => null);
    if (!page) return;
    this.element.querySelector("ol").replaceChildren(...page.articles.map(card));
    this.part("empty").hidden = Boolean(page.articles.length);
    this.element.dataset.state = "loaded";
  }
}

/** An article as a card: its picture, title, standfirst, and how it stands. */
function card({ id, title, topic, lang, standfirst, image_url, status, words: count, created_at }) {
  const element = copyOf("card").firstElementChild;
  const [link, about, state, length, time] = element.querySelectorAll("a, .card__standfirst, .state, .card__words, time");
  Object.assign(element.dataset, { id, status });
  if (lang) element.querySelector("h3").lang = about.lang = lang;
  link.href = livePage(id);
  setText(link, title || topic);
  setText(about, standfirst ?? "");
  about.hidden = !standfirst;
  setText(state, ARTICLE_STATES[status] ?? status);
  setText(length, count ? words(count, lang) : "");
  setText(time, when(created_at));
  Object.assign(time, { dateTime: created_at, title: moment(created_at) });
  const image = image_url && serverUrl(image_url)?.href;
  if (image) element.append(picture(image));
  return element;
}

function picture(src) {
  const image = make("img", { class: "card__image", src, alt: "", loading: "lazy", width: "3", height: "2" });
  image.addEventListener("error", () => image.remove());
  return image;
}
