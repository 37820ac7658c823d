import { countWords, settledLength } from "../helpers/words.js";

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
