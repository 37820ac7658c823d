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
