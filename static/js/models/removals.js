export const PATIENCE = 6000;

/** What is about to be removed: sent after a while or when the page is left, and undone until then. */
export class Removals {
  waiting = new Map();
  failed = null;
  #remove;
  #changed;

  /** `remove(id, keepalive)` sends it; `changed(removal, how)`: begun, undone, done or failed. */
  constructor(remove, changed) {
    this.#remove = remove;
    this.#changed = changed;
  }

  has(id) {
    return this.waiting.has(id);
  }

  begin(id, title) {
    const removal = { id, title, timer: setTimeout(() => this.#send(id), PATIENCE) };
    this.failed = null;
    this.waiting.set(id, removal);
    this.#changed(removal, "begun");
  }

  undo(id) {
    this.#take(id, (removal) => this.#changed(removal, "undone"));
  }

  /** The page is left: the requests outlive it. */
  flush() {
    for (const id of [...this.waiting.keys()]) this.#send(id, true);
  }

  #send(id, keepalive = false) {
    this.#take(id, async (removal) => {
      const problem = await this.#remove(id, keepalive).then(
        () => null,
        (reason) => reason,
      );
      const gone = !problem || problem.status === 404;
      if (!gone) this.failed = removal;
      this.#changed(removal, gone ? "done" : "failed");
    });
  }

  #take(id, then) {
    const removal = this.waiting.get(id);
    if (!removal) return;
    clearTimeout(removal.timer);
    this.waiting.delete(id);
    then(removal);
  }
}
