import { oncePerFrame } from "../helpers/frame.js";
import { Viewing } from "../models/viewing.js";
import { Controller, say } from "./controller.js";
import { followEnd } from "./follow.js";
import { LIVE_PARTS } from "./live_parts.js";

const TICK = 1000;
const LONG_TITLE = 90;

/** The live page: watches while it is looked at, and has its parts draw what has come, once per frame. */
export class LiveController extends Controller {
  #id = new URLSearchParams(location.search).get("job_id")?.match(/^[\w-]+$/)?.[0] ?? "unknown";
  #draw = oncePerFrame(() => followEnd(() => this.#drawNow()));
  #viewing = new Viewing(this.#id, this.#draw);
  #parts = Object.entries(LIVE_PARTS).map(([name, Part]) => new Part(this.part(name), this.#id));
  #ticking = 0;
  #title = "";

  connect() {
    for (const part of this.#parts) part.connect();
    this.listen(document, "visibilitychange", () => this.#watch());
    this.#ticking = setInterval(this.#draw, TICK);
    this.#watch();
  }

  disconnect() {
    super.disconnect();
    this.#viewing.pause();
    this.#draw.cancel();
    clearInterval(this.#ticking);
    for (const part of this.#parts) part.disconnect();
  }

  #watch() {
    if (document.hidden) this.#viewing.pause();
    else this.#viewing.resume();
  }

  #drawNow() {
    const { article, state } = this.#viewing;
    if (article.end) clearInterval(this.#ticking);
    this.element.dataset.state = state;
    this.element.dataset.end = article.end ? (article.end.status ?? "failed") : "";
    this.#entitle(state === "missing" ? "There is no such article" : article.topic);
    for (const part of this.#parts) part.draw(this.#viewing);
  }

  #entitle(title) {
    if (title === this.#title) return;
    this.#title = title;
    document.title = `${title} · Pressroom`;
    say(this.part("topic"), title);
    this.part("topic").toggleAttribute("data-long", title.length > LONG_TITLE);
  }
}
