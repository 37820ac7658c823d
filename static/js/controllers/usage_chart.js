import { count, day } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { setText } from "./dom.js";

const HEIGHT = 100;
const STEP = 10;
const GAP = 2;

/** A bar for each day: what was asked at the bottom, what was written on it. */
export function drawDays(figure, days) {
  const svg = figure.querySelector("svg");
  const all = days.map((one) => one.prompt_tokens + one.completion_tokens);
  const most = Math.max(...all);
  svg.setAttribute("viewBox", `0 0 ${days.length * STEP} ${HEIGHT}`);
  svg.ariaLabel = phrase("usage.chart", { from: day(days[0].name), to: day(days.at(-1).name), most: count(most, "token"), on: day(days[all.indexOf(most)].name) });
  svg.replaceChildren(...days.flatMap((one, i) => bars(svg, one, i, HEIGHT / most)));
  setText(figure.querySelector("[data-part=most]"), count(most, "token"));
  const [first, last] = figure.querySelector("[data-part=span]").children;
  setText(first, day(days[0].name));
  setText(last, day(days.at(-1).name));
}

function bars(svg, { name, prompt_tokens: prompt, completion_tokens: completion }, i, scale) {
  const title = `${day(name)}: ${count(prompt + completion, "token")}`;
  return [bar(svg, "usage__prompt", i, 0, prompt * scale, title), bar(svg, "usage__completion", i, prompt * scale, completion * scale, title)];
}

function bar(svg, name, i, from, height, title) {
  const [rect, told] = ["rect", "title"].map((each) => document.createElementNS(svg.namespaceURI, each));
  const place = { class: name, x: i * STEP + GAP / 2, y: (HEIGHT - from - height).toFixed(2), width: STEP - GAP, height: height.toFixed(2) };
  for (const [key, value] of Object.entries(place)) rect.setAttribute(key, value);
  told.textContent = title;
  rect.append(told);
  return rect;
}
