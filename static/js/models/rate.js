/** How fast text comes, in tokens as they are usually reckoned: four characters each. */

const WINDOW = 2000;
const CHARACTERS = 4;
const CATCHING_UP = 400; // what comes right after connecting was written before

export class Rate {
  #arrivals = [];
  #from = 0;

  opened(now) {
    this.#arrivals = [];
    this.#from = now + CATCHING_UP;
  }

  put(characters, now) {
    if (now < this.#from) return;
    const last = this.#arrivals.at(-1);
    if (last && now - last.now < WINDOW / 20) last.characters += characters;
    else this.#arrivals.push({ now, characters });
  }

  tokensPerSecond(now) {
    while (this.#arrivals[0]?.now < now - WINDOW) this.#arrivals.shift();
    if (!this.#arrivals.length) return 0;
    const over = Math.max(500, Math.min(WINDOW, now - Math.max(this.#from, this.#arrivals[0].now)));
    return this.#arrivals.reduce((sum, { characters }) => sum + characters, 0) / CHARACTERS / (over / 1000);
  }
}
