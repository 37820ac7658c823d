import * as api from "../api.js";
import { complain, quiet } from "./complaints.js";
import { Controller } from "./controller.js";
import { make, say } from "./dom.js";
import { SourcesIn } from "./sources_in.js";

const WISHES = ["research", "seo_optimize", "include_image", "review_outline"];

/** The form that starts an article. The server alone decides what a good brief is. */
export class ComposeController extends Controller {
  #sources = new SourcesIn(this.part("sources"));
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
  async #offer() {
    const offered = await api.options().catch(() => ({ tones: ["professional"] }));
    const { tones, languages, min_words, max_words, max_sources = 0 } = offered;
    this.#fields.tone.replaceChildren(
      ...tones.map(
        (tone) => new Option(tone.charAt(0).toUpperCase() + tone.slice(1), tone, false, tone === "professional"),
      ),
    );
    Object.assign(this.#fields.min_words, { min: min_words, max: max_words });
    const known = Array.isArray(languages) ? languages : [];
    document
      .getElementById("languages")
      .replaceChildren(...known.map(({ tag, name }) => make("option", { value: tag }, name)));
    const later = "max_sections" in offered;
    const able = {
      research: offered.research,
      include_image: offered.images,
      seo_optimize: later,
      review_outline: later,
    };
    for (const wish of this.part("wishes").querySelectorAll("[data-wish]")) wish.hidden = !able[wish.dataset.wish];
    this.part("wishes").hidden = !Object.values(able).some(Boolean);
    this.#sources.offer(max_sources);
  }

  #suggest(topic) {
    this.#fields.topic.value = topic;
    this.#changed(this.#fields.topic);
    this.#fields.topic.focus();
  }

  #changed(field) {
    if (field.name === "kind") this.#showKind();
    quiet(this.element, field);
    say(this.part("alert"), "");
  }

  #showKind() {
    this.part("brief").hidden = !this.#full;
  }

  async #start() {
    this.#busy(true);
    say(this.part("alert"), "");
    const { topic } = this.#fields;
    try {
      const id = this.#full
        ? (await api.create(this.#brief(), this.#key())).id
        : (await api.startJob(topic.value, this.#key())).job_id;
      this.#asked = {};
      location.assign(api.livePage(id));
    } catch (problem) {
      this.#busy(false);
      complain(this.element, problem, { rest: this.part("alert"), placeOf: (field) => this.#sources.placeOf(field) });
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
    for (const name of WISHES) {
      if (this.#fields[name].checked && !this.#fields[name].closest("[data-wish]").hidden) brief[name] = true;
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
