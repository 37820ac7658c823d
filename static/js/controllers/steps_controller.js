import { duration } from "../helpers/phrases.js";
import { Controller, say } from "./controller.js";

const STATES = {
  waiting: "to come",
  started: "at work",
  retrying: "trying again",
  completed: "done",
  skipped: "skipped",
  failed: "failed",
  cancelled: "stopped",
};

/** The stages, each with its state and the time it took. */
export class StepsController extends Controller {
  draw({ article }) {
    for (const step of this.element.children) this.#step(step, step.dataset.stage, article);
  }

  #step(step, name, article) {
    const stage = article.stage(name);
    const parts = name === "content" ? article.sections.length : 1;
    const status = stage.status(parts);
    const elapsed = stage.elapsed(article.clock.now());
    const [, state, time] = step.children;
    step.dataset.status = status;
    if (article.end && status === "waiting") say(state, "not begun");
    else if (parts > 1 && status === "started") say(state, `${stage.completed()} of ${parts}`);
    else say(state, STATES[status]);
    say(time, elapsed === null ? "" : duration(elapsed, status === "completed"));
  }
}
