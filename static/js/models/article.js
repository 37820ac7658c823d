import { phrase, say } from "../helpers/say.js";
import { Clock, Plan, Stage } from "./stage.js";
import { Rate, Text } from "./text.js";

export const ENDED = ["completed", "failed", "cancelled"];

const TAIL = 400;
const UNBROKEN = /[!-~]{400}/; // a word that takes a browser seconds to break, if it has to kern it

/** What the page knows of one article, learnt from its events. */
export class Article {
  topic = "";
  language = null;
  run = 0;
  status = "processing";
  place = null;
  progress = 0;
  outline = null;
  sources = new Map(); // by the figure that cites them
  rewriting = null;
  running = null; // what the model does for a stage without showing it
  standfirst = null;
  unbroken = false; // it has words without end
  end = null;
  clock = new Clock();
  rate = new Rate();
  plan = new Plan();
  log = new Log();
  #stages = new Map();
  #begun = new Map(); // by stage, what was told when it began last; in that order
  #texts = new Map();

  /** What each event means; the names are those on the wire. False means that text is missing. */
  handlers = {
    stage: (event) => this.#heard({ ...event, message: say(event) }),
    token: ({ stage, section, offset, text }) => {
      const known = this.text(stage, section);
      this.running = null;
      this.rate.put(offset + text.length - known.value.length, performance.now());
      const fits = known.put(offset, text);
      this.unbroken ||= UNBROKEN.test(known.value.slice(Math.max(0, offset - TAIL)));
      if (text) this.#goesOn(stage, section, known);
      return fits;
    },
    done: (event) => this.#ended(event),
    error: (event) => this.#ended({ ...event, message: say(event) }),
  };

  found({ topic, lang, run, asOf }) {
    this.topic = topic;
    this.language = lang ?? this.language;
    this.clock.hear(asOf);
    if (run > this.run) this.#begin(run);
  }

  apply(event) {
    if (event.run > this.run) this.#begin(event.run);
    return this.handlers[event.type](event) ?? true;
  }

  /** What was begun last, of what still runs; between two stages, of what is over. */
  get latest() {
    const begun = [...this.#begun.values()];
    return begun.findLast(({ stage }) => this.stage(stage).runningNow) ?? begun.at(-1) ?? null;
  }

  get sections() {
    return this.outline?.sections ?? [];
  }

  /** What there is of the sections, as one text; empty if there is nothing. */
  get draft() {
    const texts = this.sections.map(({ title }, i) => [title, this.text("content", i + 1).value.trim()]);
    const written = texts.filter(([, text]) => text).map(([title, text]) => `## ${title}\n\n${text}\n`);
    return written.length ? [`# ${this.outline.title}\n`, ...written].join("\n") : "";
  }

  stage(name) {
    if (!this.#stages.has(name)) this.#stages.set(name, new Stage());
    return this.#stages.get(name);
  }

  text(stage, section) {
    const key = `${stage}/${section}`;
    if (!this.#texts.has(key)) this.#texts.set(key, new Text());
    return this.#texts.get(key);
  }

  /** Another run has been asked for: it is told from the beginning, with all that is left of the ones before. */
  again() {
    this.#stages.clear();
    this.#begun.clear();
    this.log.clear();
    for (const text of this.#texts.values()) text.put(0, "");
    this.end = this.standfirst = null;
    this.progress = 0;
    this.status = "processing";
  }

  #begin(run) {
    this.run = run;
    this.progress = 0;
    this.end = null;
  }

  #heard(event) {
    this.clock.hear(event.at);
    this.running = event.status === "running" ? event : null;
    if (!this.running) this.log.hear(event);
    this.progress = Math.max(this.progress, event.progress);
    if (event.data?.kind === "outline") this.outline = event.data;
    if (event.data?.kind === "seo") this.standfirst = event.data.meta_description;
    if (event.data?.kind === "sources") this.sources = new Map(event.data.sources.map((each) => [String(each.id), each]));
    if (event.data?.kind === "plan") this.plan.hear(event.data);
    if (event.stage === "article") return this.#became(event);
    this.plan.meet(event.stage);
    this.stage(event.stage).hear(event);
    if (event.status !== "started" && event.status !== "retrying") return;
    this.#begun.delete(event.stage);
    this.#begun.set(event.stage, event);
  }

  /** Text has come: what was tried again has worked, and what was complete is longer than it was to be. */
  #goesOn(name, section, text) {
    if (!this.stage(name).runs(section, text)) return;
    const at = new Date(this.clock.now()).toISOString();
    const message = section ? phrase("live.goes_on", { section }) : phrase("live.stage_goes_on");
    this.log.hear({ run: this.run, stage: name, section, status: "started", message, at });
  }

  #became({ status, data }) {
    this.status = status;
    this.place = data?.place ?? null;
  }

  #ended(event) {
    this.end = event;
    this.rewriting = null;
    this.progress = Math.max(this.progress, event.progress ?? 0);
  }
}

/** What was said of the work, in order. A snapshot tells again what is known: that is no news. */
class Log {
  entries = [];
  #known = new Set();

  hear({ run, stage, section, status, message, at, elapsed_ms }) {
    const key = `${at} ${stage} ${section} ${status}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.entries.push({ run, stage, section, status, message, at: Date.parse(at), elapsed: elapsed_ms });
  }

  clear() {
    this.entries = [];
    this.#known.clear();
  }
}
