/** An article's event stream: opened, closed, and resumed where it left off. EventSource only. */
export class Stream {
  #address;
  #names;
  #opened;
  #heard;
  #lost;
  #source = null;
  #lastEventId = "";

  /** `address(lastEventId)`; `heard(event)`; `lost(forGood)` says whether EventSource itself has given up. */
  constructor({ address, names, opened, heard, lost }) {
    this.#address = address;
    this.#names = names;
    this.#opened = opened;
    this.#heard = heard;
    this.#lost = lost;
  }

  open() {
    if (this.#source) return;
    this.#source = new EventSource(this.#address(this.#lastEventId));
    this.#source.addEventListener("open", () => this.#opened());
    for (const name of this.#names) this.#source.addEventListener(name, (message) => this.#received(message));
  }

  close() {
    this.#source?.close();
    this.#source = null;
  }

  /** What was heard does not fit together, or is no longer what is told: the next time, all of it. */
  forget() {
    this.#lastEventId = "";
  }

  restart() {
    this.close();
    this.forget();
    this.open();
  }

  #received(message) {
    if (message.target !== this.#source) return;
    // A lost connection is told under the same name as the server's own "error", but without data.
    if (message.data === undefined) return this.#broken();
    this.#lastEventId = message.lastEventId;
    this.#heard(JSON.parse(message.data));
  }

  #broken() {
    const forGood = this.#source.readyState === EventSource.CLOSED;
    if (forGood) this.close();
    this.#lost(forGood);
  }
}
