import { may } from "./server.js";

/** What somebody does with an article beside looking at it, and what came of it. */
export class Changing {
  mode = "read"; // or write, edit (as Markdown), versions
  panel = null; // the name of what is open to be changed beside the text
  stored = 0; // the version that what was done here has become
  said = ""; // what that was, if it was more than saving
  draft = null; // what is to be written on with
  newer = 0; // the version that somebody else has stored, while something is changed here
  #changed;

  constructor(changed) {
    this.#changed = changed;
  }

  /** Whether the article itself is in sight. */
  get shown() {
    return this.mode === "read" || this.mode === "write";
  }

  /** Whether there is a text that can be changed, by who looks at it. */
  get changeable() {
    return may.write && Boolean(this.article.end && this.result?.content && this.result.status !== "failed");
  }

  enter(mode, panel = this.panel) {
    Object.assign(this, { mode, panel });
    if (mode === "read") this.newer = 0;
    else this.said = ""; // what was done before is over
    this.#changed();
  }

  /** Writes on with what was written and not stored. */
  resumeWriting(draft) {
    this.draft = draft;
    this.enter("write");
  }

  /** Says what came of something that was done here. */
  tell(said) {
    this.said = said;
    this.#changed();
  }
}

/** The pages in this browser that show the same article: one tells the others that it has another version. */
export class Tabs {
  #channel = new BroadcastChannel("pressroom.articles");
  #id;

  constructor(id, told) {
    this.#id = id;
    this.#channel.addEventListener("message", ({ data }) => data === id && told());
  }

  tell() {
    this.#channel.postMessage(this.#id);
  }
}
