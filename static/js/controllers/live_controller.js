import { oncePerFrame } from "../helpers/timing.js";
import { Viewing } from "../models/viewing.js";
import { Controller } from "./controller.js";
import { setText } from "./dom.js";
import { followEnd } from "./follow.js";
import { LIVE_PARTS } from "./live_parts.js";

const TICK = 1000;
const HIDDEN_FOR = 2000; // a glance at another tab is no reason to hang up
const WIDE = "(width >= 60rem)";

/** The article's page: watches while it is looked at, and has its parts draw what has come, once per frame. */
export class LiveController extends Controller {
  #draw = oncePerFrame(() => followEnd(() => this.#drawNow()));
  #viewing = new Viewing(
    new URLSearchParams(location.search).get("job_id")?.match(/^[\w-]+$/)?.[0] ?? "unknown",
    this.#draw,
  );
  #parts = Object.entries(LIVE_PARTS).map(([name, Part]) => new Part(this.part(name), this.#viewing));
  #leaving = 0;
  #title = "";
  #folded = false;

  connect() {
    for (const panel of this.element.querySelectorAll(".side > details")) panel.open = matchMedia(WIDE).matches;
    for (const part of this.#parts) part.connect();
    this.listen(document, "visibilitychange", () => this.#watch());
    this.every(TICK, () => this.#viewing.article.end || this.#draw());
    this.#watch();
  }

  disconnect() {
    super.disconnect();
    clearTimeout(this.#leaving);
    this.#viewing.pause();
    this.#draw.cancel();
    for (const part of this.#parts) part.disconnect();
  }

  #watch() {
    clearTimeout(this.#leaving);
    if (document.hidden) this.#leaving = setTimeout(() => this.#viewing.pause(), HIDDEN_FOR);
    else this.#viewing.resume();
  }

  #drawNow() {
    const { article, state, mode, result, late } = this.#viewing;
    this.element.toggleAttribute("data-late", late);
    if (late && article.end?.status === "completed") this.#fold();
    Object.assign(this.element.dataset, {
      state,
      mode,
      status: article.status,
      end: article.end ? (article.end.status ?? "failed") : "",
    });
    this.#entitle(state === "missing" ? "Article not found" : article.topic, result?.title);
    for (const part of this.#parts) part.draw(this.#viewing);
  }

  /** Who comes to read need not see how it was written. */
  #fold() {
    if (this.#folded) return;
    this.#folded = true;
    for (const name of ["timeline", "log"]) this.part(name).open = false;
  }

  #entitle(topic, title) {
    document.title = `${title || topic || "Loading…"} · Pressroom`;
    if (topic === this.#title || !topic) return;
    this.#title = topic;
    setText(this.part("topic"), topic);
  }
}
