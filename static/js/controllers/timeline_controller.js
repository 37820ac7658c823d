import { clock, count, duration, number, STAGE_STATES, ticks } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { timeline } from "../models/progress.js";
import { labelOf } from "../models/server.js";
import { setText } from "./dom.js";
import { LivePart } from "./controller.js";

const PERIOD = 200; // a bar that grows needs no more
const ROW = 18;

/** What ran when, as bars over time; and how fast text comes. */
export class TimelineController extends LivePart {
  #svg = this.element.querySelector("svg");
  #looked = -Infinity;
  #shape = "";
  #heard = 0;
  #end = undefined;

  draw({ article }) {
    const now = performance.now();
    if (!article.end && now - this.#looked < PERIOD) return;
    this.#looked = now;
    if (!this.element.checkVisibility()) return; // to ask this in every frame would cost as much as a layout
    const heard = article.log.entries.length;
    if (article.end && heard === this.#heard && article.end === this.#end) return;
    [this.#heard, this.#end] = [heard, article.end];
    const { bars, total } = timeline(article, labelOf);
    this.#rows(bars);
    this.#axis(total, bars.length);
    this.#svg.ariaLabel = spoken(bars);
    setText(this.element.querySelector(".pace"), pace(article, now));
  }

  #rows(bars) {
    const shape = bars.map(({ label }) => label).join();
    if (shape !== this.#shape) this.#svg.replaceChildren(...bars.flatMap(row), svg("g", { class: "timeline__axis" }));
    this.#shape = shape;
    this.#svg.setAttribute("height", (bars.length + 1) * ROW + 6);
    bars.forEach(({ from, to, status }, i) => {
      const bar = this.#svg.children[2 * i + 1];
      bar.dataset.status = status;
      bar.style.setProperty("--from", from.toFixed(4));
      bar.style.setProperty("--to", to.toFixed(4));
    });
  }

  #axis(total, rows) {
    const marks = ticks(total).flatMap((seconds) => {
      const line = svg("line", { y1: 0, y2: rows * ROW });
      const text = svg("text", { y: rows * ROW + 14 }, clock(seconds));
      for (const mark of [line, text]) mark.style.setProperty("--from", ((seconds * 1000) / total).toFixed(4));
      return [line, text];
    });
    this.#svg.lastElementChild.replaceChildren(...marks);
  }
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS(document.querySelector("svg").namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const row = ({ label, section }, i) => [
  svg("text", { class: section ? "timeline__section" : "timeline__stage", y: i * ROW + 13 }, label),
  svg("rect", { class: "timeline__bar", y: i * ROW + 4, height: ROW - 8, rx: 2 }),
];

const spoken = (bars) => bars.map(spokenBar).join("; ");

function spokenBar({ label, status, elapsed }) {
  const bar = { label, state: STAGE_STATES[status] };
  return elapsed ? phrase("live.timeline_bar_time", { ...bar, time: duration(elapsed, true) }) : phrase("live.timeline_bar", bar);
}

function pace({ rate, end }, now) {
  const speed = end ? 0 : Math.round(rate.tokensPerSecond(now));
  if (!end) return speed ? phrase("live.pace", { tokens: count(speed, "token") }) : "";
  const tokens = end.usage?.completion_tokens;
  if (!tokens || !end.elapsed_ms) return "";
  const pace = number(Math.round(tokens / (end.elapsed_ms / 1000)));
  return phrase("live.pace_whole", { tokens: count(tokens, "token"), rate: pace });
}
