import { phrase } from "../helpers/say.js";
import { language as PAGE } from "../known.js";
import { nameOf } from "../helpers/languages.js";
import { ARTICLE_STATES, day, number } from "../helpers/phrases.js";
import { Choices } from "./choices.js";
import { make, setText } from "./dom.js";
import { pick } from "./picks.js";

const DAY = 86_400_000;
const LABELS = {
  q: phrase("library.words"),
  status: phrase("library.status"),
  language: phrase("library.language"),
  tag: phrase("library.tag"),
  since: phrase("library.since"),
  until: phrase("library.until"),
};
const languageName = (tag) => nameOf(tag, PAGE) ?? tag;

/** What of the library is shown: words, and chips with what else there is to choose. */
export class Filters {
  #form;
  #choices;
  #values = {};

  constructor(form) {
    this.#form = form;
    this.#choices = new Choices(form);
  }

  connect(owner) {
    for (const name of [...Object.keys(LABELS), "sort"]) this.#values[name] = "";
    Object.assign(this.#values, Object.fromEntries(new URLSearchParams(location.search)));
    this.#choices.connect(owner);
    owner.listen(this.#form, "input", () => this.#read());
    owner.listen(this.#form, "click", ({ target }) => target.dataset.days && this.#since(Number(target.dataset.days)));
    this.offer({ statuses: [], languages: [], tags: [] });
    for (const name of ["q", "since", "until"]) this.#values[name] = this.#set(name, this.#values[name]);
    this.#set("sort", this.#values.sort || "newest");
    this.#show();
  }

  /** As the server takes them. */
  get values() {
    const { sort, ...others } = this.#values;
    return Object.fromEntries(Object.entries({ ...others, sort: sort === "newest" ? "" : sort }).filter(([, value]) => value));
  }

  /** What is looked for, name by name. */
  get sought() {
    return Object.keys(LABELS)
      .filter((name) => this.#values[name])
      .map((name) => ({ name, label: LABELS[name], value: this.#shown(name) }));
  }

  /** What there is to choose, with counts; what is chosen stays, also if nothing has it any more. */
  offer({ statuses, languages, tags }) {
    const order = Object.keys(ARTICLE_STATES);
    const known = statuses.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
    this.#draw("status", known.map(({ status, articles }) => [status, articles]), (status) => ARTICLE_STATES[status] ?? status);
    this.#draw("language", languages.map(({ language, articles }) => [language, articles]), languageName);
    this.#draw("tag", tags.map(({ tag, articles }) => [tag, articles]), (tag) => tag);
  }

  /** Looks for one thing less, or for nothing any more. */
  drop(...names) {
    for (const name of names.length ? names : Object.keys(LABELS)) this.#values[name] = this.#set(name, "");
    this.#show();
  }

  #draw(name, counted, label) {
    const chosen = this.#values[name];
    const there = chosen && !counted.some(([value]) => value === chosen) ? [...counted, [chosen, 0]] : counted;
    const picks = there.map(([value, count]) => pick(name, value, label(value), { more: count ? number(count) : "" }));
    const list = this.#form.querySelector(`[data-picks=${name}]`);
    const focused = list.contains(document.activeElement) && document.activeElement.value;
    list.replaceChildren(pick(name, "", phrase("library.all")), ...picks);
    this.#set(name, chosen);
    if (focused !== false) [...list.querySelectorAll("input")].find(({ value }) => value === focused)?.focus();
    this.#form.querySelector(`[data-opens=${name}]`).hidden = !there.length;
  }

  #read() {
    for (const [name, value] of new FormData(this.#form)) this.#values[name] = value.trim();
    this.#show();
  }

  #since(days) {
    this.#set("until", "");
    this.#set("since", new Date(Date.now() - days * DAY).toISOString().slice(0, 10));
    this.#choices.leave();
    this.#form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #show() {
    for (const name of ["status", "language", "tag"]) this.#choices.show(name, this.#values[name] && this.#shown(name));
    const dates = [this.#values.since, this.#values.until].map((date) => date && day(date));
    this.#choices.show("date", dates.some(Boolean) ? dates.join("–") : "");
    this.#choices.show("sort", phrase(this.#values.sort === "oldest" ? "library.oldest" : "library.newest"), { chosen: this.#values.sort === "oldest" });
  }

  #shown(name) {
    const value = this.#values[name];
    if (name === "status") return ARTICLE_STATES[value] ?? value;
    if (name === "language") return languageName(value);
    return name === "since" || name === "until" ? day(value) : value;
  }

  /** What the fields of that name take for it: none takes what is no date. */
  #set(name, value) {
    for (const field of this.#form.querySelectorAll(`[name=${name}]`)) {
      if (field.type === "radio") field.checked = field.value === value;
      else value = (field.value = value, field.value);
    }
    return value;
  }
}

/** Says that there is nothing, and what was looked for, each to be dropped. */
export function showNothing(page, sought) {
  setText(page.part("nothing"), phrase(sought.length ? "library.no_match" : "library.none"));
  page.part("sought").replaceChildren(...sought.map(soughtChip));
  for (const part of ["sought", "clear"]) page.part(part).hidden = !sought.length;
}

function soughtChip({ name, label, value }) {
  const button = make("button", { type: "button", class: "chip chip--drop", "data-drop": name }, label);
  button.append(make("span", { class: "chip__value", dir: "auto" }, value), make("span", { class: "sr-only" }, phrase("word.remove")));
  return make("li", {}, button);
}
