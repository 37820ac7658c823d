import * as api from "../api.js";
import { number } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { server } from "../models/server.js";
import { keepWishes, keepWishesOf, lastWishes, wishesOf } from "../models/wishes.js";
import { Choices } from "./choices.js";
import { clearErrors, showErrors } from "./field_errors.js";
import { Controller } from "./controller.js";
import { setText } from "./dom.js";
import { LanguagePicks } from "./language_picks.js";
import { audiencePicks, lengthPicks, toneName, tonePicks } from "./picks.js";
import { SourceFields } from "./source_fields.js";
import { Suggestions } from "./suggestions.js";

const EXTRAS = ["research", "seo_optimize", "include_image", "review_outline"];

/** The form that starts an article. The server alone decides what a good brief is. */
export class ComposeController extends Controller {
  #choices = new Choices(this.element);
  #languages = new LanguagePicks(this.part("languages"), this.part("language-search"));
  #sources = new SourceFields(this.element.querySelector(".source-fields"));
  #suggestions = new Suggestions(this.part("suggestions"));
  #asked = {};

  connect() {
    const asked = new URLSearchParams(location.search);
    this.#fields.topic.value ||= asked.get("topic") ?? "";
    this.listen(this.element, "submit", (event) => (event.preventDefault(), this.#start()));
    this.listen(this.element, "click", ({ target }) => this.#clicked(target));
    this.listen(this.element, "input", ({ target }) => this.#changed(target));
    this.listen(this.element, "keydown", (event) => event.key === "Enter" && this.#entered(event));
    // Also when the browser brings the page back as it was.
    this.listen(window, "pageshow", () => this.#busy(false));
    this.#choices.connect(this);
    this.#offer();
    this.#take(wishesOf(asked.get("as")) ?? lastWishes());
    this.#suggestions.draw();
    this.#busy(false);
  }

  get #fields() {
    return this.element.elements;
  }

  /** Only what this server can do. */
  #offer() {
    const { tones, languages, lengths, min_words, max_words, max_sources = 0, research, images } = server;
    Object.assign(this.#fields.min_words, { min: min_words ?? "", max: max_words ?? "" });
    this.part("lengths").replaceChildren(...lengthPicks(lengths));
    this.part("tones").replaceChildren(...tonePicks(tones));
    this.part("audiences").replaceChildren(...audiencePicks());
    this.#languages.offer(languages);
    this.#sources.offer(max_sources);
    this.#fields.research.disabled = research === false;
    this.part("research-why").hidden = research !== false;
    this.#fields.include_image.disabled = images === false;
    if (images === false) this.#fields.include_image.parentElement.title = phrase("compose.no_images");
  }

  /** What was chosen last is chosen again. */
  #take({ min_words, tone = "", target_audience = "", language, ...extras }) {
    const offered = server.lengths.includes(min_words ?? server.lengths[0]);
    this.#fields.words.value = offered ? String(min_words ?? server.lengths[0]) : "";
    this.#fields.min_words.value = offered ? "" : min_words;
    this.#fields.tone.value = server.tones.includes(tone) ? tone : "";
    this.#fields.target_audience.value = target_audience;
    this.#languages.choose(language);
    for (const name of EXTRAS) this.#fields[name].checked = Boolean(extras[name]);
    this.#show();
  }

  /** What is chosen stands on the chips. */
  #show() {
    const { min_words, tone, target_audience, language } = this.#wishes;
    this.#choices.show("length", phrase("compose.about_words", { n: number(min_words) }), { chosen: false });
    this.#choices.show("tone", tone ? toneName(tone) : "");
    this.#choices.show("audience", target_audience ?? "");
    this.#choices.show("language", this.#languages.nameOf(language));
    const own = this.#sources.given().length;
    this.#choices.show("sources", [this.#wishes.research && phrase("compose.web"), own && String(own)].filter(Boolean).join(" + "));
  }

  #clicked(target) {
    if ("topic" in target.dataset) this.#fill(this.#fields.topic, target.textContent);
    if ("more" in target.dataset) this.#suggestions.change();
    if (target.matches("button.pick")) this.#fill(this.#fields.target_audience, target.textContent);
    this.#sources.clicked(target);
  }

  #fill(field, text) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  #changed(field) {
    clearErrors(this.element, field);
    setText(this.part("alert"), "");
    if (field === this.part("language-search")) this.#languages.find();
    if (field.name === "words") this.#fields.min_words.value = "";
    if (field.name === "min_words" && field.value) for (const { control } of this.part("lengths").children) control.checked = false;
    this.#show();
    if (field !== this.#fields.topic) keepWishes(this.#wishes);
  }

  /** In the topic it starts the article; in a choice it never does. */
  #entered(event) {
    const { target, shiftKey, isComposing } = event;
    if (isComposing || target.matches("button, .field--text") || (target === this.#fields.topic && shiftKey)) return;
    event.preventDefault();
    if (target === this.#fields.topic) this.element.requestSubmit();
    else if (target !== this.part("language-search") || this.#languages.takeFirst()) this.#choices.leave();
  }

  async #start() {
    const brief = this.#brief;
    this.#busy(true);
    setText(this.part("alert"), "");
    try {
      const id = await this.#send(brief);
      keepWishesOf(id, this.#wishes);
      this.#asked = {};
      location.assign(api.livePage(id));
    } catch (problem) {
      this.#busy(false);
      const place = { rest: this.part("alert"), placeOf: (field) => this.#sources.placeOf(field) };
      showErrors(this.element, problem, { ...place, shows: (input) => this.#choices.openFor(input) });
    }
  }

  /** The shortest, without any other wish, is the quick flow's. The same sent twice, as the answer got lost, is one article. */
  async #send(brief) {
    const key = (this.#asked[JSON.stringify(brief)] ??= api.freshKey());
    const { topic, min_words, ...others } = brief;
    const quick = min_words === server.lengths[0] && !Object.keys(others).length;
    return quick ? (await api.startJob(topic, key)).job_id : (await api.create(brief, key)).id;
  }

  get #brief() {
    const topic = this.#fields.topic.value.replace(/\s*\n\s*/g, " ");
    const sources = this.#sources.given();
    return { topic, ...this.#wishes, ...(sources.length ? { sources } : {}) };
  }

  /** All but the topic and the sources, which are an article's own. */
  get #wishes() {
    const { words, min_words, tone, target_audience, language } = this.#fields;
    const wishes = { min_words: Number(min_words.value || words.value) };
    if (tone.value) wishes.tone = tone.value;
    if (target_audience.value.trim()) wishes.target_audience = target_audience.value.trim();
    if (language?.value) wishes.language = language.value;
    for (const name of EXTRAS) if (this.#fields[name].checked && !this.#fields[name].disabled) wishes[name] = true;
    return wishes;
  }

  #busy(busy) {
    this.part("submit").disabled = busy;
    this.element.ariaBusy = busy;
  }
}
