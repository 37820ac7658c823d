/** What was said of the work, in order. A snapshot tells again what is known: that is no news. */
export class Log {
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
