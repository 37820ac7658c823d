import { phrase } from "../helpers/say.js";
import { libraryPage, livePage } from "../api.js";
import { serverUrl } from "../asking.js";
import { nameOf } from "../helpers/languages.js";
import { ARTICLE_STATES, moment, when, words } from "../helpers/phrases.js";
import { copyOf, make, setText } from "./dom.js";

const TINTS = 4;

/** An article as an entry of a list. */
export function entry(article) {
  const element = copyOf("entry").firstElementChild;
  element.dataset.id = article.id;
  drawEntry(element, article);
  return element;
}

export function drawEntry(element, article) {
  const { id, title, topic, lang, status, words: count, created_at } = article;
  const [link, state, language, length, time] = element.querySelectorAll(
    ".entry__title, .state, .entry__language, .entry__words, time",
  );
  const name = title || topic;
  link.href = livePage(id);
  setText(link, name);
  if (lang) link.lang = lang;
  element.dataset.status = status;
  setText(state, ARTICLE_STATES[status] ?? status);
  setText(language, (lang && nameOf(lang, document.documentElement.lang)) ?? "");
  setText(length, count ? words(count, lang) : "");
  setText(time, when(created_at));
  Object.assign(time, { dateTime: created_at, title: moment(created_at) });
  element.querySelector("[data-select]").ariaLabel = phrase("library.select", { title: name });
  element.querySelector(".entry__menu > summary").ariaLabel = phrase("library.more_for", { title: name });
  drawPassage(element, article);
  drawTags(element, article.tags);
  drawCover(element.querySelector(".cover"), article, name);
}

/** What the search found in the text, else the standfirst. */
function drawPassage(element, { lang, standfirst, found }) {
  const [about, passage] = element.querySelectorAll(".entry__standfirst, .entry__found");
  if (lang) about.lang = passage.lang = lang;
  setText(about, standfirst ?? "");
  passage.hidden = found?.field !== "text"; // title and topic are there to see
  about.hidden = !standfirst || !passage.hidden;
  if (!passage.hidden) passage.replaceChildren(...found.parts.map((part) => (part.found ? make("mark", {}, part.text) : part.text)));
}

function drawTags(element, tags) {
  const list = element.querySelector(".entry__tags");
  list.hidden = !tags.length;
  list.replaceChildren(...tags.map((tag) => make("li", {}, make("a", { class: "tag", href: taggedPage(tag), dir: "auto" }, tag))));
}

const taggedPage = (tag) => `${libraryPage}?${new URLSearchParams({ tag })}`;

/** The article's picture; where there is none, the first letter of its title, set large. */
function drawCover(cover, { id, lang, image_url }, name) {
  cover.href = livePage(id);
  const src = image_url && serverUrl(image_url)?.href;
  if (src && cover.querySelector("img")?.src === src) return;
  const letter = make("span", { class: "cover__letter" }, initial(name));
  if (lang) letter.lang = lang;
  cover.dataset.tint = Number.parseInt(id.at(-1), 16) % TINTS || 0;
  cover.replaceChildren(src ? picture(src, cover, letter) : letter);
}

function picture(src, cover, letter) {
  const image = make("img", { src, alt: "", loading: "lazy", decoding: "async", width: "3", height: "2" });
  image.addEventListener("error", () => cover.replaceChildren(letter));
  return image;
}

const initial = (name) => /\p{L}\p{M}*|\p{N}/u.exec(name)?.[0].toLocaleUpperCase() ?? "¶";
