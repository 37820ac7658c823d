import { phrase } from "../helpers/say.js";
import * as api from "../api.js";
import { Problem } from "../asking.js";
import { Text } from "./text.js";

/** A passage that the model revises: what it writes as it comes, what came of it, and how it can be stopped. */
export class Revision {
  state = "working"; // or done, failed, stopped
  text = new Text();
  changes = null;
  problem = null;
  #abort = new AbortController();
  #changed;

  constructor(changed) {
    this.#changed = changed;
  }

  async begin(id, wanted) {
    try {
      await this.#read(await api.revise(id, wanted, this.#abort.signal));
      if (this.state === "working") throw new Problem({ detail: phrase("word.lost") });
    } catch (problem) {
      if (this.state !== "working") return; // what comes after its end changes nothing
      this.problem = problem instanceof Problem ? problem : new Problem({ detail: phrase("word.lost") });
      this.#became("failed");
    }
  }

  stop() {
    if (this.state === "working") this.#became("stopped");
    this.#abort.abort();
  }

  async #read(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const frames = (rest + value).split("\n\n");
      rest = frames.pop();
      for (const frame of frames) this.#heard(frame);
    }
  }

  #heard(frame) {
    const data = /^data: (.*)$/m.exec(frame)?.[1];
    if (data === undefined || this.state !== "working") return;
    const event = JSON.parse(data);
    if (event.type === "error") throw new Problem({ ...event, detail: event.message });
    if (event.type === "token") this.text.put(event.offset, event.text);
    else this.changes = event.changes;
    if (event.type === "done") this.text.put(0, event.text);
    this.#became(event.type === "done" ? "done" : "working");
  }

  #became(state) {
    this.state = state;
    this.#changed();
  }
}
