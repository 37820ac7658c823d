import * as api from "../api.js";
import { backoff } from "../helpers/timing.js";
import { Stream } from "./stream.js";
import { Text } from "./text.js";

const GONE = [404, 410];

/** Somebody who reads by a link: what is stored of the article, and its stream while it is written. */
export class Reading {
  stored = null;
  title = "";
  status = "opening"; // or an article's status, or gone
  lost = false;
  progress = 0;
  sections = [];
  sources = new Map(); // by the figure that cites them
  picture = null; // how it is described
  why = ""; // it is gone
  #texts = new Map();
  #token;
  #changed;
  #tries = 0;
  #timer = 0;

  #handlers = {
    progress: ({ status, progress }) => Object.assign(this, { status, progress }),
    outline: ({ title, sections }) => Object.assign(this, { title, sections }),
    sources: ({ sources }) => this.#cites(sources),
    picture: ({ alt }) => (this.picture = alt),
    token: ({ kind, section, offset, text }) => this.text(kind, section).put(offset, text) || this.#stream.restart(),
    done: () => this.#end(),
  };

  #stream = new Stream({
    address: (lastEventId) => api.readingEventsUrl(this.#token, lastEventId),
    names: [...Object.keys(this.#handlers), "error"],
    opened: () => this.#opened(),
    heard: (event) => this.#heard(event),
    lost: (forGood) => this.#lost(forGood),
  });

  constructor(token, changed) {
    this.#token = token;
    this.#changed = changed;
  }

  get live() {
    return ["pending", "processing", "awaiting_review"].includes(this.status);
  }

  text(kind, section) {
    const key = `${kind}/${section}`;
    if (!this.#texts.has(key)) this.#texts.set(key, new Text());
    return this.#texts.get(key);
  }

  /** Reads what is stored, and goes on with the stream if there is more to come. */
  async open() {
    try {
      this.#found(await api.reading(this.#token));
      if (this.live) this.#stream.open();
    } catch (problem) {
      if (GONE.includes(problem.status)) Object.assign(this, { status: "gone", lost: false, why: problem.message });
      else this.#lost(true);
    }
    this.#changed();
  }

  close() {
    clearTimeout(this.#timer);
    this.#stream.close();
  }

  #found(stored) {
    const { title, status, progress, sources, image_alt: picture } = stored;
    Object.assign(this, { stored, status, picture, lost: false, title: title || this.title });
    this.progress = Math.max(this.progress, progress);
    this.#cites(sources);
  }

  #cites(sources) {
    this.sources = new Map(sources.map((source) => [String(source.id), source]));
  }

  #heard(event) {
    this.#handlers[event.type](event);
    this.#changed();
  }

  #end() {
    this.close();
    this.open();
  }

  #opened() {
    this.#tries = 0;
    this.lost = false;
    this.#changed();
  }

  #lost(forGood) {
    this.lost = true;
    if (forGood) this.#timer = setTimeout(() => this.open(), backoff(this.#tries++));
    this.#changed();
  }
}
