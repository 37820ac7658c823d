const WEIGHTIEST = ["failed", "cancelled", "retrying", "started"];

/** One stage of the work: a single part, or one for each section. */
export class Stage {
  #parts = new Map();

  hear({ section, status, at }) {
    const part = this.#parts.get(section);
    const time = Date.parse(at);
    const running = status === "started" || status === "running" || status === "retrying";
    const began = status === "started" || !part ? time : part.began;
    this.#parts.set(section, { status, began, ended: running ? null : time });
  }

  /** Text has come: whatever was being tried again has worked. */
  runs(section) {
    const part = this.#parts.get(section);
    if (part?.status === "retrying") part.status = "started";
  }

  statusOf(section) {
    return this.#parts.get(section)?.status ?? "waiting";
  }

  completed() {
    return this.#all.filter((part) => part.status === "completed").length;
  }

  status(expected = 1) {
    const statuses = this.#all.map((part) => part.status);
    const telling = WEIGHTIEST.find((status) => statuses.includes(status));
    if (telling || !statuses.length) return telling ?? "waiting";
    return statuses.length < expected ? "started" : statuses[0];
  }

  elapsed(now) {
    if (!this.#parts.size) return null;
    const began = Math.min(...this.#all.map((part) => part.began));
    return Math.max(...this.#all.map((part) => part.ended ?? now)) - began;
  }

  get #all() {
    return [...this.#parts.values()];
  }
}
