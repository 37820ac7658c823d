import { server } from "./server.js";

/** The stages of the work: what each has come to, which there are, and by which clock. */

const WEIGHTIEST = ["failed", "cancelled", "retrying", "started"];
const RUNNING = ["started", "running", "retrying"];

/** One stage of the work: a single part, or one for each section. */
export class Stage {
  #parts = new Map();

  hear({ section, status, at, message, data }) {
    const part = this.#parts.get(section);
    const time = Date.parse(at);
    const running = RUNNING.includes(status);
    const began = status === "started" || !part ? time : part.began;
    const shown = status === "running" ? "started" : status;
    this.#parts.set(section, { section, status: shown, began, ended: running ? null : time, message, words: data?.words });
  }

  /** Text has come: what was being tried again has worked. True if it is more than what was told to be all of it. */
  runs(section, text) {
    const part = this.#parts.get(section);
    if (part?.status === "retrying") part.status = "started";
    if (part?.status !== "completed" || !(text.words > part.words)) return false;
    Object.assign(part, { status: "started", ended: null });
    return true;
  }

  part(section) {
    return this.#parts.get(section);
  }

  statusOf(section) {
    return this.part(section)?.status ?? "waiting";
  }

  completed() {
    return this.parts.filter((part) => part.status === "completed").length;
  }

  status(expected = 1) {
    const statuses = this.parts.map((part) => part.status);
    const telling = WEIGHTIEST.find((status) => statuses.includes(status));
    if (telling || !statuses.length) return telling ?? "waiting";
    return statuses.length < expected ? "started" : statuses[0];
  }

  get runningNow() {
    return this.parts.some(({ status }) => RUNNING.includes(status));
  }

  elapsed(now) {
    if (!this.#parts.size) return null;
    const began = Math.min(...this.parts.map((part) => part.began));
    return Math.max(...this.parts.map((part) => part.ended ?? now)) - began;
  }

  get parts() {
    return [...this.#parts.values()];
  }
}

/** Which stages a run has, and between which shares of its progress each lies. Until it is told: a quick one's. */
export class Plan {
  #shares = evenly(server.flows.quick ?? []);
  #heard = new Set();

  hear({ stages }) {
    this.#shares = stages;
  }

  meet(stage) {
    this.#heard.add(stage);
  }

  get stages() {
    const names = new Set([...this.#shares.map(({ stage }) => stage), ...this.#heard]);
    const order = server.stages.map(({ name }) => name);
    return [...names].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  }

  share(name) {
    return this.#shares.find(({ stage }) => stage === name) ?? { start: 0, end: 0 };
  }
}

const evenly = (stages) =>
  stages.map((stage, i) => ({ stage, start: (100 * i) / stages.length, end: (100 * (i + 1)) / stages.length }));

/** The server's clock, as far as it is known: whatever the server has dated is past there. */
export class Clock {
  #ahead = -Infinity;

  hear(date) {
    const time = Date.parse(date);
    if (!Number.isNaN(time)) this.#ahead = Math.max(this.#ahead, time - Date.now());
  }

  now() {
    return Date.now() + (Number.isFinite(this.#ahead) ? this.#ahead : 0);
  }
}
