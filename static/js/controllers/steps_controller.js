import { duration } from "../helpers/phrases.js";
import { STAGE_STATES, STAGES } from "../helpers/states.js";
import { make, say } from "./dom.js";
import { LivePart } from "./live_part.js";

/** The stages, each with its state and the time it took. */
export class StepsController extends LivePart {
  #shown = "";

  draw({ article }) {
    const names = article.plan.stages;
    if (names.join() !== this.#shown) this.element.replaceChildren(...names.map(step));
    this.#shown = names.join();
    for (const element of this.element.children) this.#state(element, element.dataset.stage, article);
  }

  #state(element, name, article) {
    const stage = article.stage(name);
    const parts = name === "content" && !article.rewriting ? article.sections.length : 1;
    const status = stage.status(parts);
    const elapsed = stage.elapsed(article.clock.now());
    const [, state, time] = element.children;
    element.dataset.status = status;
    if (article.end && status === "waiting") say(state, "not begun");
    else if (parts > 1 && status === "started") say(state, `${stage.completed()} of ${parts}`);
    else say(state, STAGE_STATES[status]);
    say(
      time,
      elapsed === null || status === "skipped" || (article.end && status === "started")
        ? ""
        : duration(elapsed, status === "completed"),
    );
    element.title = status === "skipped" ? (stage.parts[0]?.message ?? "") : "";
  }
}

const span = (part, text = "") => make("span", { class: `step__${part}` }, text);
const step = (name) =>
  make("li", { class: "step", "data-stage": name }, span("name", STAGES[name]), span("state"), " ", span("time"));
