import { clock } from "../helpers/ticks.js";
import { duration, sentence } from "../helpers/phrases.js";
import { make } from "./dom.js";
import { atEnd } from "./follow.js";
import { LivePart } from "./live_part.js";

/** What was said of the work, line by line. */
export class LogController extends LivePart {
  #shown = 0;

  draw({ article }) {
    const { entries } = article.log;
    const list = this.element.querySelector("ol");
    const frame = list.parentElement;
    if (entries.length < this.#shown) list.replaceChildren((this.#shown = 0) || "");
    if (entries.length === this.#shown) return;
    const follows = atEnd(frame) && !article.end;
    list.append(...entries.slice(this.#shown).map((entry) => line(entry, entries[0].at)));
    this.#shown = entries.length;
    if (follows) frame.scrollTop = frame.scrollHeight;
  }
}

function line({ at, status, message, elapsed }, first) {
  const time = make(
    "time",
    { datetime: new Date(at).toISOString() },
    clock(Math.max(0, Math.round((at - first) / 1000))),
  );
  const took = elapsed ? ` · ${duration(elapsed, true)}` : "";
  return make("li", { "data-status": status }, time, make("span", { dir: "auto" }, sentence(message) + took));
}
