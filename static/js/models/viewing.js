import * as api from "../api.js";
import { backoff } from "../helpers/timing.js";
import { Article, ENDED } from "./article.js";
import { Changing, Tabs } from "./changing.js";
import { Stream } from "./stream.js";

const FORGIVEN = 3;

/** Somebody looking at an article: finds it, keeps its stream open, comes back when that is lost. */
export class Viewing extends Changing {
  article = new Article();
  state = "opening"; // or open, lost, missing
  result = null;
  late = false; // it had ended before it was looked at
  unread = false; // it has ended, but what came of it could not be fetched yet
  ending = false; // it has ended, and what came of it is being fetched
  id;
  #changed;
  #looking = false;
  #active = false; // the stream is wanted
  #tries = 0;
  #timer = 0;
  #stream = new Stream({
    address: (lastEventId) => api.eventsUrl(this.id, lastEventId),
    names: Object.keys(this.article.handlers),
    opened: () => this.#opened(),
    heard: (event) => this.#heard(event),
    lost: (forGood) => this.#lost(forGood),
  });

  #tabs;

  constructor(id, changed) {
    super(changed);
    this.id = id;
    this.#changed = changed;
    this.#tabs = new Tabs(id, () => this.look());
  }

  /** Goes on watching; of an article that had ended, only if it has moved on since. */
  resume() {
    this.#looking = true;
    if (this.#active || this.state === "missing") return;
    if (this.article.end) return this.#look();
    this.#active = true;
    this.#find();
  }

  pause() {
    this.#looking = false;
    this.#hangUp();
  }

  #hangUp() {
    this.#active = false;
    clearTimeout(this.#timer);
    this.#stream.close();
  }

  /** A new run has begun on the same stream. What is finished stays to be read, if it is only to be changed. */
  again({ rewriting = null } = {}) {
    this.pause();
    if (!rewriting) this.result = null;
    Object.assign(this, { stored: 0, said: "", mode: "read" });
    this.late = this.unread = false;
    this.article.again();
    this.article.rewriting = rewriting;
    this.#stream.forget();
    this.resume();
    this.#changed();
  }

  /** It has been changed from here, without anything being written; `said` is what was done, if not saved. */
  async changed({ run }, said = "") {
    await this.#moved(run);
    this.said = said;
    this.#tabs.tell();
    this.enter("read");
  }

  /** Whether somebody else has changed it: asked now and then, while somebody looks. */
  look() {
    if (this.article.end && this.#looking && this.state !== "missing") this.#look();
  }

  /** It has been changed beside here: in a conversation about it. */
  async refresh() {
    const { run } = await api.article(this.id).catch(() => this.article);
    await this.#moved(run);
    this.#changed();
  }

  async #moved(run) {
    this.article.run = run;
    await this.#read();
  }

  async #find() {
    try {
      const found = await api.article(this.id);
      this.late ||= this.state === "opening" && Boolean(found.completed_at);
      this.article.found(found);
      if (this.state === "opening" && ENDED.includes(found.status)) await this.#recall();
      else if (this.#active) this.#stream.open();
    } catch (problem) {
      if (problem.status === 404) this.#missing();
      else this.#lost(true);
    }
    this.#changed();
  }

  /** What had ended before is not watched: all of it is there at once. */
  async #recall() {
    for (const event of await api.pastEvents(this.id)) this.article.apply(event);
    this.state = "open";
    await this.#finish();
  }

  async #look() {
    const found = await api.article(this.id).catch((problem) => problem);
    if (found.status === 404) this.#missing();
    const changed = found.run > this.article.run && !this.article.rewriting;
    if (changed && this.mode !== "read") this.newer = Math.max(found.version, this.newer);
    else if (changed && !ENDED.includes(found.status)) this.again();
    else if (changed) await this.#moved(found.run);
    else if (this.unread && this.#looking) await this.#read();
    this.#changed();
  }

  #opened() {
    this.#tries = 0;
    this.state = "open";
    this.article.rate.opened(performance.now());
    this.#changed();
  }

  #heard(event) {
    if (!this.article.apply(event)) this.#stream.restart();
    if (this.article.end) this.#finish(); // told once, with what it has become
    else this.#changed();
  }

  async #finish() {
    this.ending = true;
    this.#hangUp();
    await this.#read();
    this.ending = false;
    this.#changed();
  }

  /** What came of the article: asked for later and later until it is there, or nobody looks. */
  async #read() {
    clearTimeout(this.#timer);
    const before = this.result;
    const found = await api.result(this.id).catch((problem) => problem);
    if (!this.article.end || this.state === "missing") return; // it is being written again
    if (found.status === 404) return this.#missing();
    this.unread = found instanceof Error;
    if (this.unread) return this.#looking && this.#wait(() => this.#look());
    this.#tries = 0;
    this.result = found;
    if (before && found.version > before.version) Object.assign(this, { stored: found.version, said: "" });
  }

  #wait(then) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, backoff(this.#tries++));
  }

  #lost(forGood) {
    if (!this.#active) return;
    this.state = "lost";
    clearTimeout(this.#timer);
    if (this.#tries > FORGIVEN) this.#stream.forget(); // the id itself may be what is refused
    if (forGood) this.#wait(() => this.#find());
    this.#changed();
  }

  #missing() {
    this.#hangUp();
    this.state = "missing";
  }
}
