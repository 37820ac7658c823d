import { phrase } from "../helpers/say.js";
import { number } from "../helpers/phrases.js";
import { server } from "../models/server.js";
import { LanguagePicks } from "./language_picks.js";
import { audiencePicks, lengthPicks, toneName, tonePicks } from "./picks.js";

const EXTRAS = ["research", "seo_optimize", "include_image", "review_outline"];

/** The fields of the composer for all but the topic and the sources, which are an article's own. */
export class WishFields {
  #owner;
  #choices;
  #languages;

  constructor(owner, choices) {
    this.#owner = owner;
    this.#choices = choices;
    this.#languages = new LanguagePicks(owner.part("languages"), owner.part("language-search"));
  }

  /** Only what this server can do. */
  offer() {
    const { tones, languages, lengths, min_words, max_words, research, images } = server;
    const part = (name) => this.#owner.part(name);
    Object.assign(this.#fields.min_words, { min: min_words ?? "", max: max_words ?? "" });
    part("lengths").replaceChildren(...lengthPicks(lengths));
    part("tones").replaceChildren(...tonePicks(tones));
    part("audiences").replaceChildren(...audiencePicks());
    this.#languages.offer(languages);
    this.#fields.research.disabled = research === false;
    part("research-why").hidden = research !== false;
    this.#fields.include_image.disabled = images === false;
    if (images === false) this.#fields.include_image.parentElement.title = phrase("compose.no_images");
  }

  /** What was chosen before is chosen again. */
  take({ min_words, tone = "", target_audience = "", language, ...extras }) {
    const offered = server.lengths.includes(min_words ?? server.lengths[0]);
    this.#fields.words.value = offered ? String(min_words ?? server.lengths[0]) : "";
    this.#fields.min_words.value = offered ? "" : min_words;
    const known = server.tones.includes(tone) ? tone : "";
    for (const { control } of this.#owner.part("tones").children) control.checked = control.value === known;
    this.#fields.target_audience.value = target_audience;
    this.#languages.choose(language);
    for (const name of EXTRAS) this.#fields[name].checked = Boolean(extras[name]);
  }

  /** What is chosen stands on the chips. */
  show(sources) {
    const { min_words, tone, target_audience, language, research } = this.value;
    this.#choices.show("length", phrase("compose.about_words", { n: number(min_words) }), { chosen: false });
    this.#choices.show("tone", tone ? toneName(tone) : "");
    this.#choices.show("audience", target_audience ?? "");
    for (const who of this.#owner.part("audiences").children)
      who.ariaPressed = who.dataset.audience === (target_audience ?? "");
    this.#choices.show("language", this.#languages.nameOf(language));
    this.#choices.show("sources", [research && phrase("compose.web"), sources && String(sources)].filter(Boolean).join(" + "));
  }

  changed(field) {
    if (field === this.#owner.part("language-search")) this.#languages.find();
    if (field.name === "words") this.#fields.min_words.value = "";
    if (field.name === "min_words" && field.value) for (const { control } of this.#owner.part("lengths").children) control.checked = false;
  }

  takeFirstLanguage() {
    return this.#languages.takeFirst();
  }

  get value() {
    const { words, min_words, tone, target_audience, language } = this.#fields;
    const wishes = { min_words: Number(min_words.value || words.value) };
    if (tone.value) wishes.tone = tone.value;
    if (target_audience.value.trim()) wishes.target_audience = target_audience.value.trim();
    if (language?.value) wishes.language = language.value;
    for (const name of EXTRAS) if (this.#fields[name].checked && !this.#fields[name].disabled) wishes[name] = true;
    return wishes;
  }

  get #fields() {
    return this.#owner.element.elements;
  }
}
