import * as api from "../api.js";
import { backoff } from "../helpers/timing.js";

const CONFLICT = 409;
const AWAY = [0, 502, 503, 504];

/** Stores a changed text: again and again while the server is away, and not over what somebody else has stored. */
export class Saving {
  state = "idle"; // or saving, away, refused, overtaken
  problem = null; // why it was refused
  theirs = null; // the result that was stored meanwhile
  #id;
  #draft;
  #stored;
  #changed;
  #tries = 0;
  #timer = 0;

  /** `draft()` is what to store: its title and content, and the version that it is based on. `stored(article, what)`
   * tells what was, which may be less than there is meanwhile. */
  constructor({ id, draft, stored, changed }) {
    this.#id = id;
    this.#draft = draft;
    this.#stored = stored;
    this.#changed = changed;
  }

  async save() {
    if (this.state === "saving") return;
    clearTimeout(this.#timer);
    this.problem = null;
    this.#became("saving");
    const { version, title, content } = this.#draft();
    const mine = { title, content };
    try {
      await this.#done(await api.edit(this.#id, { version, ...mine }), mine);
    } catch (problem) {
      if (AWAY.includes(problem.status)) return this.#again();
      if (problem.status === CONFLICT && (await this.overtaken(version, mine))) return;
      this.problem = problem;
      this.#became("refused");
    }
  }

  /** The server is there again, perhaps. */
  hurry() {
    if (this.state === "away") this.save();
  }

  end() {
    clearTimeout(this.#timer);
  }

  /** Looks what was stored meanwhile; false if nothing was. What was sent and not answered may have been stored. */
  async overtaken(version, mine) {
    const theirs = await api.result(this.#id).catch(() => null);
    if (!theirs || theirs.version === version) return false;
    if (mine && theirs.content === mine.content && theirs.title === mine.title) {
      await this.#done(await api.article(this.#id), mine);
      return true;
    }
    this.theirs = theirs;
    this.#became("overtaken");
    return true;
  }

  async #done(article, mine) {
    await this.#stored(article, mine);
    this.#became("idle");
  }

  #again() {
    this.#became("away");
    this.#timer = setTimeout(() => this.save(), backoff(this.#tries++));
  }

  #became(state) {
    if (state !== "saving" && state !== "away") this.#tries = 0;
    this.state = state;
    this.#changed();
  }
}
