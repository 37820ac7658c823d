import * as api from "../api.js";
import { backoff } from "../helpers/backoff.js";
import { Article } from "./article.js";
import { Stream } from "./stream.js";

/** Somebody looking at an article: finds it, keeps its stream open, comes back when that is lost. */
export class Viewing {
  article = new Article();
  state = "opening"; // or open, lost, missing
  #id;
  #changed;
  #active = false;
  #tries = 0;
  #timer = 0;
  #stream = new Stream({
    address: (lastEventId) => api.eventsUrl(this.#id, lastEventId),
    names: Object.keys(this.article.handlers),
    opened: () => this.#opened(),
    heard: (event) => this.#heard(event),
    lost: (forGood) => this.#lost(forGood),
  });

  constructor(id, changed) {
    this.#id = id;
    this.#changed = changed;
  }

  resume() {
    if (this.#active || this.article.end || this.state === "missing") return;
    this.#active = true;
    this.#find();
  }

  pause() {
    this.#active = false;
    clearTimeout(this.#timer);
    this.#stream.close();
  }

  async #find() {
    try {
      this.article.found(await api.article(this.#id));
      if (this.#active) this.#stream.open();
    } catch (problem) {
      if (problem.status === 404) this.#missing();
      else this.#lost(true);
    }
    this.#changed();
  }

  #opened() {
    this.#tries = 0;
    this.state = "open";
    this.#changed();
  }

  #heard(event) {
    if (!this.article.apply(event)) this.#stream.restart();
    if (this.article.end) this.pause();
    this.#changed();
  }

  #lost(forGood) {
    if (!this.#active) return;
    this.state = "lost";
    clearTimeout(this.#timer);
    if (forGood) this.#timer = setTimeout(() => this.#find(), backoff(this.#tries++));
    this.#changed();
  }

  #missing() {
    this.pause();
    this.state = "missing";
  }
}
