import * as api from "../api.js";
import { freshKey } from "../asking.js";
import { stopped } from "../helpers/phrases.js";
import { server } from "../models/server.js";
import { keepWishes, keepWishesOf, lastWishes, wishesOf } from "../models/wishes.js";
import { Choices } from "./choices.js";
import { clearErrors, showErrors } from "./field_errors.js";
import { Controller } from "./controller.js";
import { setText } from "./dom.js";
import { SavedBriefs } from "./saved_briefs.js";
import { SourceFields } from "./source_fields.js";
import { Suggestions } from "./suggestions.js";
import { WishFields } from "./wish_fields.js";

/** The form that starts an article. The server alone decides what a good brief is. */
export class ComposeController extends Controller {
  #choices = new Choices(this.element);
  #sources = new SourceFields(this.element.querySelector(".source-fields"));
  #wishes = new WishFields(this, this.#choices);
  #suggestions = new Suggestions(this.part("suggestions"));
  #briefs = new SavedBriefs(this.element, this.part("briefs"), document.querySelector(".toast"), {
    brief: () => this.#brief,
    fill: (brief) => this.#fillIn(brief),
    placeOf: (field) => this.#sources.placeOf(field),
  });
  #asked = {};

  async connect() {
    const asked = new URLSearchParams(location.search);
    this.#fields.topic.value ||= asked.get("topic") ?? "";
    this.listen(this.element, "submit", (event) => (event.preventDefault(), this.#start()));
    this.listen(this.element, "click", ({ target }) => this.#clicked(target));
    this.listen(this.element, "input", ({ target }) => this.#changed(target));
    this.listen(this.element, "keydown", (event) => event.key === "Enter" && this.#entered(event));
    // Also when the browser brings the page back as it was.
    this.listen(window, "pageshow", () => this.#busy(false));
    this.#choices.connect(this);
    this.#wishes.offer();
    this.#sources.offer(server.max_sources ?? 0);
    this.#take(wishesOf(asked.get("as")) ?? lastWishes());
    this.#suggestions.draw();
    this.#briefs.connect(this);
    if (asked.get("as")) await this.#again(asked.get("as"));
    this.#busy(false);
  }

  /** As it was for an article: what was chosen here, if it was here, and what the server knows of it. */
  async #again(id) {
    try {
      const { flow, brief } = await api.briefOf(id);
      const { topic, sources, ...wishes } = brief;
      this.#fields.topic.value = topic;
      this.#take(wishesOf(id) ?? (flow === "quick" ? {} : wishes), sources);
    } catch (problem) {
      setText(this.part("alert"), stopped(problem.message));
    }
  }

  #fillIn({ topic, sources, ...wishes }) {
    this.#fields.topic.value = topic;
    this.#take(wishes, sources);
    clearErrors(this.element);
    this.#choices.leave();
    this.#fields.topic.focus();
  }

  get #fields() {
    return this.element.elements;
  }

  #take(wishes, sources) {
    if (sources) this.#sources.take(sources);
    this.#wishes.take(wishes);
    this.#wishes.show(this.#sources.given().length);
  }

  #clicked(target) {
    if ("topic" in target.dataset) this.#fill(this.#fields.topic, target.textContent);
    if ("more" in target.dataset) this.#suggestions.change();
    if (target.matches("button.pick")) this.#fill(this.#fields.target_audience, target.dataset.audience);
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
    this.#wishes.changed(field);
    this.#wishes.show(this.#sources.given().length);
    if (field !== this.#fields.topic && !field.closest(".briefs")) keepWishes(this.#wishes.value);
  }

  /** In the topic it starts the article; in a choice it never does. */
  #entered(event) {
    const { target, shiftKey, isComposing } = event;
    if (isComposing || target.matches("button, .field--text") || (target === this.#fields.topic && shiftKey)) return;
    event.preventDefault();
    if (this.#briefs.entered(target)) return;
    if (target === this.#fields.topic) this.element.requestSubmit();
    else if (target !== this.part("language-search") || this.#wishes.takeFirstLanguage()) this.#choices.leave();
  }

  async #start() {
    const brief = this.#brief;
    this.#busy(true);
    setText(this.part("alert"), "");
    try {
      const id = await this.#send(brief);
      keepWishesOf(id, this.#wishes.value);
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
    const key = (this.#asked[JSON.stringify(brief)] ??= freshKey());
    const { topic, min_words, ...others } = brief;
    const quick = min_words === server.lengths[0] && !Object.keys(others).length;
    return quick ? (await api.startJob(topic, key)).job_id : (await api.create(brief, key)).id;
  }

  get #brief() {
    const topic = this.#fields.topic.value.replace(/\s*\n\s*/g, " ");
    const sources = this.#sources.given();
    return { topic, ...this.#wishes.value, ...(sources.length ? { sources } : {}) };
  }

  #busy(busy) {
    this.part("submit").disabled = busy;
    this.element.ariaBusy = busy;
  }
}
