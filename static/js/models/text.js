/** Streamed texts: the one rule, their words counted as the server does, and how fast they come. */

/** One streamed text. Its revision changes when what was there before is no longer its beginning. */
export class Text {
  value = "";
  revision = 0;
  #settled = 0;
  #settledWords = 0;

  /** The one rule of the stream; false if text is missing before the offset. */
  put(offset, tail) {
    const before = this.value;
    if (offset > before.length) return false;
    this.value = before.slice(0, offset) + tail;
    if (offset < before.length && !this.value.startsWith(before)) this.#begin();
    return true;
  }

  get words() {
    const rest = this.value.slice(this.#settled);
    const length = settledLength(rest);
    this.#settled += length;
    this.#settledWords += countWords(rest.slice(0, length));
    return this.#settledWords + countWords(rest.slice(length));
  }

  #begin() {
    this.revision += 1;
    this.#settled = this.#settledWords = 0;
  }
}

const CJK = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const LETTER = `[[\\p{L}\\p{N}_]--[${CJK}]]`;
const word = new RegExp(`[${CJK}]|${LETTER}+(?:['’.\\-]${LETTER}+)*`, "gv");
const settled = new RegExp(`^.*[\\s${CJK}]`, "sv");

export const countWords = (text) => text.match(word)?.length ?? 0;

/** How much of a growing text, from its beginning, no later word can reach back into. */
export const settledLength = (text) => settled.exec(text)?.[0].length ?? 0;

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
