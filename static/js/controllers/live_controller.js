import { oncePerFrame } from "../helpers/timing.js";
import { Glance } from "../models/glance.js";
import { Viewing } from "../models/viewing.js";
import { Controller } from "./controller.js";
import { inHand } from "./drafts_controller.js";
import { LIVE_PARTS } from "./live_parts.js";

const TICK = 1000;
const NEWS = 15_000; // between two looks whether somebody else has changed the article
const HIDDEN_FOR = 2000; // a glance at another tab is no reason to hang up

/** The article's page: watches while it is looked at, and has its parts draw what has come, once per frame. */
export class LiveController extends Controller {
  #draw = oncePerFrame(() => this.#drawNow());
  #viewing = new Viewing(
    new URLSearchParams(location.search).get("job_id")?.match(/^[\w-]+$/)?.[0] ?? "unknown",
    () => this.#changed(),
  );
  #parts = new Map(Object.entries(LIVE_PARTS).map(([name, Part]) => [name, new Part(this.part(name), this.#viewing)]));
  #glance = new Glance(this.#viewing); // so that the tab tells how it stands
  #leaving = 0;
  #shape = null; // what decides how the page is laid out
  #focused = null;

  connect() {
    for (const part of this.#parts.values()) part.connect();
    this.listen(document, "visibilitychange", () => this.#watch());
    this.listen(document, "selectionchange", () => this.#viewing.held && this.#draw());
    this.listen(this.element, "focusin", ({ target }) => (this.#focused = target));
    this.every(NEWS, () => this.#viewing.look());
    this.every(TICK, () => this.#viewing.article.end || this.#draw());
    this.#watch();
  }

  disconnect() {
    super.disconnect();
    clearTimeout(this.#leaving);
    this.#glance.end();
    this.#viewing.pause();
    this.#draw.cancel();
    for (const part of this.#parts.values()) part.disconnect();
  }

  #watch() {
    clearTimeout(this.#leaving);
    this.#glance.end();
    if (!document.hidden) return this.#viewing.resume();
    this.#leaving = setTimeout(() => this.#viewing.pause(), HIDDEN_FOR);
    this.#glance.begin();
  }

  /** Frames come only to who looks; the tab is read from outside. */
  #changed() {
    this.#draw();
    if (document.hidden) this.#parts.get("notify").draw(this.#viewing);
  }

  #drawNow() {
    if (this.#viewing.ending) return; // its end is drawn once, with what has come of it
    // Somebody reads the drafts: the article waits.
    this.#viewing.held = inHand(this.part("drafts"), this.#viewing.article.end);
    const shape = shapeOf(this.#viewing);
    const before = this.#shape;
    this.#shape = JSON.stringify(shape);
    if (before === this.#shape || !folds(before, shape)) return this.#drawAll(shape);
    const fold = document.startViewTransition(() => {
      this.element.dataset.folding = "";
      this.#drawAll(shapeOf(this.#viewing));
    });
    const unfold = () => delete this.element.dataset.folding;
    fold.ready.then(() => requestAnimationFrame(unfold), unfold); // refused: then it is there at once
    fold.finished.catch(() => {});
  }

  #drawAll({ layout }) {
    const { article, state, mode } = this.#viewing;
    const end = article.end ? (article.end.status ?? "failed") : "";
    Object.assign(this.element.dataset, { layout, state, mode, status: article.status, end });
    this.element.toggleAttribute("data-unbroken", article.unbroken);
    for (const part of this.#parts.values()) part.draw(this.#viewing);
    this.#keepFocus();
  }

  /** Who was somewhere that is gone is at the line that says what goes on. */
  #keepFocus() {
    const active = document.activeElement;
    if (!this.#focused || (active !== document.body && active !== this.#focused)) return;
    if (this.#focused.checkVisibility({ visibilityProperty: true })) return;
    this.#focused = null;
    this.part("status").focus({ preventScroll: true });
  }
}

/** The desk while it is drafted; the reader as soon as there is a text to be read. */
function shapeOf({ article, result, held }) {
  const reads = result?.content || article.text("style", null).value;
  const known = article.end || article.stage("content").parts.length || article.log.entries.length;
  return { layout: held || (known && !reads) ? "desk" : "reader", ended: Boolean(article.end && result) };
}

/** What has been looked at folds into the other; what is opened is as it is. */
function folds(before, { layout, ended }) {
  if (!before || !document.startViewTransition || document.hidden) return false;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return false;
  const was = JSON.parse(before);
  return layout === "reader" && (was.layout === "desk" || (ended && !was.ended));
}
