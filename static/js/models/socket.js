import { backoff } from "../helpers/timing.js";

const FOR_GOOD = 1000;

/** A web socket that comes back when it is lost, as long as there is something to come back to. */
export class ReconnectingSocket {
  #address;
  #there;
  #heard;
  #lost;
  #socket = null;
  #tries = 0;
  #timer = 0;

  /** `address()`; `there()` resolves to false when all is gone; `heard(message)`; `lost(forGood)`. */
  constructor({ address, there, heard, lost }) {
    this.#address = address;
    this.#there = there;
    this.#heard = heard;
    this.#lost = lost;
  }

  connect() {
    this.close();
    const socket = (this.#socket = new WebSocket(this.#address()));
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket) this.#received(JSON.parse(data));
    });
    socket.addEventListener("close", ({ code }) => {
      if (socket === this.#socket) this.#closed(code === FOR_GOOD);
    });
  }

  close() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #received(message) {
    this.#tries = 0;
    this.#heard(message);
  }

  #closed(forGood) {
    this.close();
    if (!forGood) this.#timer = setTimeout(() => this.#comeBack(this.#timer), backoff(this.#tries++));
    this.#lost(forGood);
  }

  /** A refused socket does not say why: whether there is anything to come back to has to be asked. */
  async #comeBack(timer) {
    const there = await this.#there();
    if (timer !== this.#timer || this.#socket) return; // closed or opened meanwhile
    if (there) this.connect();
    else this.#lost(true);
  }
}
