import { count, duration, moment, number, reading } from "../helpers/phrases.js";
import { make } from "./dom.js";
import { LivePart } from "./live_part.js";

/** The finished article in figures. */
export class FactsController extends LivePart {
  #shown = null;

  draw({ article, result }) {
    this.element.hidden = !result?.content;
    if (result === this.#shown || !result) return;
    this.#shown = result;
    const facts = Object.entries(figures(result, article.end ?? {})).filter(([, figure]) => figure);
    this.element
      .querySelector("dl")
      .replaceChildren(...facts.flatMap(([name, figure]) => [make("dt", {}, name), make("dd", {}, figure)]));
  }
}

function figures(
  { words, version, usage, cost, repetition_rate: repeated, dropped_citations: dropped, completed_at },
  { elapsed_ms },
) {
  const tokens = usage?.completion_tokens;
  return {
    Reading: `${reading(words)}, ${count(words, "word")}`,
    Version: String(version),
    Finished: completed_at && moment(completed_at),
    Writing: elapsed_ms && duration(elapsed_ms, true),
    Tokens: tokens && number(tokens),
    Cost: typeof cost === "number" && `$${cost.toFixed(cost < 0.1 ? 4 : 2)}`,
    Repetition: typeof repeated === "number" && `${Math.round(repeated * 100)} %`,
    "Citations dropped": dropped && String(dropped),
  };
}
