/** What is written in this browser and not stored yet, by article: the latest of each tab that wrote. */

const KEPT = 5;
const tab = Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join("");
const key = (id) => `pressroom.unsaved.${id}`;

function all(id) {
  try {
    return JSON.parse(localStorage.getItem(key(id))) ?? [];
  } catch {
    return []; // not allowed here, or not ours
  }
}

/** Whether it could be kept. */
function write(id, drafts) {
  try {
    if (drafts.length) localStorage.setItem(key(id), JSON.stringify(drafts.slice(0, KEPT)));
    else localStorage.removeItem(key(id));
    return true;
  } catch {
    return false;
  }
}

const others = (id, from = tab) => all(id).filter((draft) => draft.tab !== from);

/** The latest that was written and not stored, based on a `version`. */
export const unsaved = (id) => all(id)[0] ?? null;

export const keepUnsaved = (id, { version, title, content }) =>
  write(id, [{ tab, version, title, content, at: new Date().toISOString() }, ...others(id)]);

/** Forgets what this tab has kept, or another one. */
export const forgetUnsaved = (id, from = tab) => write(id, others(id, from));

/** This tab goes on with what another one, or an earlier one, has kept. */
export function adoptUnsaved(id, draft) {
  forgetUnsaved(id, draft.tab);
  keepUnsaved(id, draft);
}

const PAUSE = 400; // after the last key

/** Keeps what is typed until it is stored: soon after it was typed. */
export class Keeping {
  kept = true; // there is nothing to keep
  fails = false; // this browser keeps nothing
  #id;
  #draft;
  #changed;
  #timer = 0;

  /** `draft()` is what is to be kept; null if it is what is stored. */
  constructor(id, { draft, changed }) {
    this.#id = id;
    this.#draft = draft;
    this.#changed = changed;
  }

  typed() {
    this.kept = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), PAUSE);
  }

  keep() {
    clearTimeout(this.#timer);
    if (this.kept) return;
    this.kept = true;
    const draft = this.#draft();
    if (draft) this.fails = !keepUnsaved(this.#id, draft);
    else forgetUnsaved(this.#id);
    this.#changed();
  }

  /** It is stored, or given up. */
  forget() {
    clearTimeout(this.#timer);
    this.kept = true;
    forgetUnsaved(this.#id);
  }
}
