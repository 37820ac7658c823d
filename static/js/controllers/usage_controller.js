import { usage } from "../api.js";
import { day, dollars, number, percent, stopped } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { labelOf } from "../models/server.js";
import { Controller } from "./controller.js";
import { make, setText } from "./dom.js";
import { drawDays } from "./usage_chart.js";

const DAY = 24 * 3600 * 1000;
const dateOf = (time) => new Date(time).toISOString().slice(0, 10);

/** What was spent: this month of what may be, and in a time by day, key, model or stage. */
export class UsageController extends Controller {
  #asked = 0;

  connect() {
    this.listen(this.element, "change", () => this.#load());
    this.#load();
  }

  #chosen(name) {
    return this.element.querySelector(`[name=${name}]:checked`).value;
  }

  async #load() {
    const by = this.#chosen("by");
    const now = Date.now();
    const wanted = { since: dateOf(now - (this.#chosen("days") - 1) * DAY), until: dateOf(now), by };
    const asked = ++this.#asked;
    try {
      const told = await usage(wanted);
      if (asked === this.#asked) this.#show(told);
    } catch ({ status, message }) {
      if (asked !== this.#asked) return;
      this.element.hidden = status === 404 || status === 403; // nothing is counted here
      setText(this.part("status"), stopped(message));
    }
  }

  #show({ since, until, by, rows, month }) {
    this.element.hidden = false;
    this.part("budget").replaceChildren(...budget(month));
    const used = rows.filter((row) => total(row));
    setText(this.part("status"), used.length ? "" : phrase("usage.none"));
    this.part("chart").hidden = by !== "day" || !used.length;
    if (!this.part("chart").hidden) drawDays(this.part("chart"), daysOf(since, until, rows));
    this.part("figures").hidden = !used.length;
    this.part("figures").open = by !== "day";
    this.#table(by, by === "day" ? used.toReversed() : used.toSorted((a, b) => total(b) - total(a)));
  }

  #table(by, rows) {
    const [body, foot] = this.part("figures").querySelectorAll("tbody, tfoot");
    const most = Math.max(...rows.map(total));
    setText(this.part("figures").querySelector("th"), phrase(`usage.${by}`));
    body.replaceChildren(...rows.map((row) => line(nameOf(by, row), row, total(row) / most)));
    foot.replaceChildren(...(rows.length > 1 ? [line(phrase("usage.total"), sum(rows))] : []));
  }
}

const total = (row) => row.prompt_tokens + row.completion_tokens;

const sum = (rows) => ({
  prompt_tokens: rows.reduce((all, row) => all + row.prompt_tokens, 0),
  completion_tokens: rows.reduce((all, row) => all + row.completion_tokens, 0),
  cost: rows.every(({ cost }) => cost === null) ? null : rows.reduce((all, { cost }) => all + (cost ?? 0), 0),
});

/** All days of the time, also those on which nothing was spent. */
function daysOf(since, until, rows) {
  const told = new Map(rows.map((row) => [row.name, row]));
  const many = Math.round((Date.parse(until) - Date.parse(since)) / DAY) + 1;
  const dates = Array.from({ length: many }, (_, i) => dateOf(Date.parse(since) + i * DAY));
  return dates.map((name) => told.get(name) ?? { name, prompt_tokens: 0, completion_tokens: 0 });
}

function nameOf(by, { name, label }) {
  if (by === "day") return day(name);
  return (by === "stage" ? labelOf(name) : label || name) || phrase("usage.others");
}

function line(name, { prompt_tokens: prompt, completion_tokens: completion, cost }, part) {
  const head = make("th", { scope: "row", dir: "auto" }, name);
  if (part !== undefined) head.style.setProperty("--part", part.toFixed(4));
  const figures = [number(prompt), number(completion), cost === null ? "–" : dollars(cost)];
  return make("tr", {}, head, ...figures.map((text) => make("td", {}, text)));
}

const budget = ({ tokens, tokens_limit: mostTokens, cost, cost_limit: mostCost }) => [
  spent(phrase("usage.tokens"), number(tokens), tokens, mostTokens, mostTokens && number(mostTokens)),
  ...(cost || mostCost ? [spent(phrase("usage.cost"), dollars(cost), cost, mostCost, mostCost && dollars(mostCost))] : []),
];

function spent(what, text, amount, most, limit) {
  const figure = make("dd", {}, make("b", {}, text));
  if (limit) {
    const label = phrase("usage.of", { limit, percent: percent(amount / most) });
    figure.append(" ", label, make("progress", { max: most, value: Math.min(amount, most), "aria-label": `${what}: ${label}` }));
    if (amount >= most) figure.dataset.spent = "";
  }
  return make("div", {}, make("dt", {}, what), figure);
}
