import { Clock } from "./clock.js";
import { Stage } from "./stage.js";
import { Text } from "./text.js";

/** What the page knows of one article, learnt from its events. */
export class Article {
  topic = "";
  run = 0;
  status = "processing";
  place = null;
  progress = 0;
  sections = [];
  latest = null;
  end = null;
  clock = new Clock();
  #stages = new Map();
  #texts = new Map();

  /** What each event means; the names are those on the wire. False means that text is missing. */
  handlers = {
    stage: (event) => this.#heard(event),
    token: ({ stage, section, offset, text }) => {
      if (text) this.stage(stage).runs(section);
      return this.text(stage, section).put(offset, text);
    },
    done: (event) => this.#ended(event),
    error: (event) => this.#ended(event),
  };

  found({ topic, asOf }) {
    this.topic = topic;
    this.clock.hear(asOf);
  }

  apply(event) {
    if (event.run > this.run) this.#begin(event.run);
    return this.handlers[event.type](event) ?? true;
  }

  stage(name) {
    if (!this.#stages.has(name)) this.#stages.set(name, new Stage());
    return this.#stages.get(name);
  }

  text(stage, section) {
    const key = `${stage}/${section}`;
    if (!this.#texts.has(key)) this.#texts.set(key, new Text());
    return this.#texts.get(key);
  }

  #begin(run) {
    this.run = run;
    this.progress = 0;
    this.end = null;
  }

  #heard(event) {
    this.clock.hear(event.at);
    this.progress = Math.max(this.progress, event.progress);
    if (event.stage === "article") {
      this.status = event.status;
      this.place = event.data?.place ?? null;
      return;
    }
    this.stage(event.stage).hear(event);
    if (event.data?.kind === "outline") this.sections = event.data.sections;
    if (event.status !== "completed") this.latest = event;
  }

  #ended(event) {
    this.end = event;
    this.progress = Math.max(this.progress, event.progress ?? 0);
  }
}
