import { means, nameOf, tagged } from "../helpers/languages.js";
import { phrase } from "../helpers/say.js";
import { language as PAGE } from "../known.js";
import { pick } from "./picks.js";

/** Languages by their own names, found by any name or tag that they have. */
export class LanguagePicks {
  #list;
  #search;
  #known = [];
  #offered = 0;

  constructor(list, search) {
    this.#list = list;
    this.#search = search;
  }

  offer(languages) {
    this.#known = languages;
    this.#offered = languages.length;
    this.#list.replaceChildren(automatic(), ...languages.map(picked));
  }

  /** Another than those that are known can be chosen by its tag. */
  choose(tag) {
    if (tag && !this.#known.some((language) => language.tag === tag)) this.#add({ tag, name: nameOf(tag) ?? tag });
    const radio = [...this.#list.querySelectorAll("input")].find(({ value }) => value === (tag ?? ""));
    if (radio) radio.checked = true;
  }

  nameOf(tag) {
    return tag ? (this.#known.find((language) => language.tag === tag)?.name ?? tag) : "";
  }

  find() {
    const typed = this.#search.value.trim();
    this.#forget();
    const other = tagged(typed);
    const there = this.#known.some(({ tag, name }) => tag === other?.tag || name.toLowerCase() === typed.toLowerCase());
    if (other && !there) this.#add(other);
    this.#known.forEach((language, i) => (this.#list.children[i + 1].hidden = !means(typed, language, PAGE)));
  }

  /** Enter takes the first that is found. */
  takeFirst() {
    const first = [...this.#list.children].slice(1).find(({ hidden }) => !hidden);
    if (!first || !this.#search.value.trim()) return false;
    first.control.checked = true;
    first.control.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  /** What was typed on the way to another is no suggestion, unless it was chosen. */
  #forget() {
    const last = this.#list.lastElementChild;
    if (this.#known.length <= this.#offered || last.control.checked) return;
    this.#known = this.#known.slice(0, -1);
    last.remove();
  }

  #add(language) {
    this.#known = [...this.#known, language];
    this.#list.append(picked(language));
  }
}

const automatic = () => pick("language", "", phrase("compose.automatic"), { more: phrase("compose.automatic_language") });

const picked = ({ tag, name }) => {
  const more = nameOf(tag, PAGE) ?? tag;
  return pick("language", tag, name, { lang: tag, more: more.toLowerCase() === name.toLowerCase() ? "" : more });
};
