export const PATIENCE = 6000;

/** What is about to be removed, one or several at once: sent after a while or when the page is left, undone until then. */
export class Removals {
  waiting = new Map();
  failed = null;
  #remove;
  #changed;

  /** `remove(ids, keepalive)` sends it, and fails with those `left`; `changed(removal, how)`: begun, undone, done or failed. */
  constructor(remove, changed) {
    this.#remove = remove;
    this.#changed = changed;
  }

  has(id) {
    return [...this.waiting.values()].some(({ ids }) => ids.includes(id));
  }

  /** How many are about to be removed. */
  get count() {
    return [...this.waiting.values()].reduce((sum, { ids }) => sum + ids.length, 0);
  }

  begin(ids, title) {
    const [key] = ids;
    const removal = { key, ids, title, timer: setTimeout(() => this.#send(key), PATIENCE) };
    this.failed = null;
    this.waiting.set(key, removal);
    this.#changed(removal, "begun");
  }

  undo(key) {
    this.#take(key, (removal) => this.#changed(removal, "undone"));
  }

  /** The page is left: the requests outlive it. */
  flush() {
    for (const key of [...this.waiting.keys()]) this.#send(key, true);
  }

  #send(key, keepalive = false) {
    this.#take(key, async (removal) => {
      const problem = await this.#remove(removal.ids, keepalive).then(
        () => null,
        (reason) => reason,
      );
      const left = problem && problem.status !== 404 ? (problem.left ?? removal.ids) : [];
      const done = removal.ids.filter((id) => !left.includes(id));
      if (left.length) this.failed = { ...removal, ids: left, problem };
      if (done.length) this.#changed({ ...removal, ids: done }, "done");
      if (left.length) this.#changed(this.failed, "failed");
    });
  }

  #take(key, then) {
    const removal = this.waiting.get(key);
    if (!removal) return;
    clearTimeout(removal.timer);
    this.waiting.delete(key);
    then(removal);
  }
}
