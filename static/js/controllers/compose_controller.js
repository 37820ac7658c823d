import * as api from "../api.js";
import { sentence } from "../helpers/phrases.js";
import { server } from "../models/server.js";
import { clearErrors, showErrors } from "./field_errors.js";
import { Controller } from "./controller.js";
import { make, setText } from "./dom.js";
import { SourceFields } from "./source_fields.js";

const EXTRAS = ["research", "seo_optimize", "include_image", "review_outline"];

/** The form that starts an article. The server alone decides what a good brief is. */
export class ComposeController extends Controller {
  #sources = new SourceFields(this.part("sources"));
  #asked = {};

  connect() {
    this.#fields.topic.value ||= new URLSearchParams(location.search).get("topic") ?? "";
    this.listen(this.element, "submit", (event) => {
      event.preventDefault();
      this.#start();
    });
    this.listen(this.element, "click", ({ target }) => {
      if (target.matches(".suggestion")) this.#suggest(target.textContent);
      this.#sources.clicked(target);
    });
    this.listen(this.element, "input", ({ target }) => this.#changed(target));
    // Also when the browser brings the page back as it was.
    this.listen(window, "pageshow", () => (this.#busy(false), this.#showKind()));
    this.#busy(false);
    this.#showKind();
    this.#offer();
  }

  get #fields() {
    return this.element.elements;
  }

  get #full() {
    return this.#fields.kind.value === "full";
  }

  /** Only what this server can do. */
  #offer() {
    const { tones, languages, min_words, max_words, max_sources = 0, research, images } = server;
    const { tone, min_words: length } = this.#fields;
    tone.replaceChildren(...tones.map((name) => new Option(sentence(name), name, false, name === "professional")));
    Object.assign(length, { min: min_words ?? "", max: max_words ?? "" });
    const tags = languages.map(({ tag, name }) => make("option", { value: tag }, name));
    document.getElementById("languages").replaceChildren(...tags);
    const able = { research, include_image: images };
    for (const [name, can] of Object.entries(able)) this.#fields[name].closest("[data-extra]").hidden = !can;
    this.#sources.offer(max_sources);
  }

  #suggest(topic) {
    this.#fields.topic.value = topic;
    this.#changed(this.#fields.topic);
    this.#fields.topic.focus();
  }

  #changed(field) {
    if (field.name === "kind") this.#showKind();
    clearErrors(this.element, field);
    setText(this.part("alert"), "");
  }

  #showKind() {
    this.part("brief").hidden = !this.#full;
  }

  async #start() {
    this.#busy(true);
    setText(this.part("alert"), "");
    const { topic } = this.#fields;
    try {
      const id = this.#full
        ? (await api.create(this.#brief(), this.#key())).id
        : (await api.startJob(topic.value, this.#key())).job_id;
      this.#asked = {};
      location.assign(api.livePage(id));
    } catch (problem) {
      this.#busy(false);
      showErrors(this.element, problem, { rest: this.part("alert"), placeOf: (field) => this.#sources.placeOf(field) });
    }
  }

  #brief() {
    const { topic, tone, target_audience, min_words, language } = this.#fields;
    const brief = {
      topic: topic.value,
      tone: tone.value,
      target_audience: target_audience.value,
      min_words: Number(min_words.value),
    };
    if (language.value.trim()) brief.language = language.value.trim();
    for (const name of EXTRAS) {
      if (this.#fields[name].checked && !this.#fields[name].closest("[data-extra]").hidden) brief[name] = true;
    }
    const sources = this.#sources.given();
    return sources.length ? { ...brief, sources } : brief;
  }

  /** The same wish sent twice, because the answer got lost, is one article. */
  #key() {
    const wish = this.#full ? JSON.stringify(this.#brief()) : this.#fields.topic.value;
    return (this.#asked[wish] ??= api.freshKey());
  }

  #busy(busy) {
    this.part("submit").disabled = busy;
    this.element.ariaBusy = busy;
  }
}
