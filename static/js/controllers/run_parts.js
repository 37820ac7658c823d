/** What is going on, in one glance: progress, stages, one line of words, and the button that stops it. */

import { cancel } from "../api.js";
import { counted, duration, number, ofSection, STAGE_STATES, words } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { Progress } from "../models/progress.js";
import { labelOf, writes } from "../models/server.js";
import { LivePart } from "./controller.js";
import { make, setText } from "./dom.js";
import { titleOf } from "./head_controller.js";

/** The strip that stays in sight names the article once its headline is out of it. */
export class StripController extends LivePart {
  connect() {
    const headline = document.querySelector(".headline");
    new IntersectionObserver(([{ isIntersecting }]) => this.element.toggleAttribute("data-titled", !isIntersecting), {
      rootMargin: "-56px 0px 0px",
    }).observe(headline);
  }

  draw(viewing) {
    setText(this.element.querySelector(".strip__title"), titleOf(viewing));
  }
}

export class ProgressController extends LivePart {
  #progress = new Progress();

  draw({ article }) {
    const percent = this.#progress.of(article);
    this.element.style.setProperty("--done", (percent / 100).toFixed(4));
    this.element.ariaValueNow = Math.round(percent);
    this.element.ariaValueText = phrase("live.percent", { n: number(Math.round(percent)) });
  }
}

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
    if (parts > 1 && status === "started") setText(state, phrase("live.parts", { done: stage.completed(), parts }));
    else setText(state, STAGE_STATES[shown(status, name, article)]);
    setText(
      time,
      elapsed === null || status === "skipped" || (article.end && status === "started")
        ? ""
        : duration(elapsed, status === "completed"),
    );
    element.title = status === "skipped" ? (stage.parts[0]?.message ?? "") : "";
  }
}

function shown(status, name, article) {
  if (status === "started" && writes(name)) return "writing";
  const next = article.plan.stages.find((other) => article.stage(other).status() === "waiting");
  return status === "waiting" && name === next && !article.end ? "next" : status;
}

const span = (part, text = "") => make("span", { class: `step__${part}` }, text);
const step = (name) =>
  make("li", { class: "step", "data-stage": name }, span("name", labelOf(name)), span("state"), " ", span("time"));

const CONNECTION = { opening: phrase("live.loading"), lost: phrase("word.reconnecting"), missing: "" };

/** One line on what is going on. It is announced, so it changes with the stages, not with the words. */
export class StatusController extends LivePart {
  draw(viewing) {
    const { article, state } = viewing;
    setText(this.element, article.end ? describe(article, viewing) : (CONNECTION[state] ?? describe(article)));
    const running = article.end ? null : article.running;
    this.element.dataset.running = running?.message ?? "";
    const began = running && article.stage(running.stage).part(running.section).began;
    this.element.dataset.since = running ? duration(article.clock.now() - began) : "";
  }
}

const WAITING = {
  pending: phrase("live.wait_pending"),
  research: phrase("live.wait_research"),
  outline: phrase("live.wait_outline"),
};

/** Before there is anything to see: what is being waited for. */
export class WaitingController extends LivePart {
  draw({ article, state, mode }) {
    const { status, end, latest } = article;
    const what = WAITING[status === "pending" ? status : (latest?.stage ?? "outline")];
    const nothing = !article.sections.length && !end && status !== "awaiting_review" && mode === "read";
    this.element.hidden = !nothing || state === "opening" || state === "missing" || !what;
    setText(this.element, what ?? "");
  }
}

/** What is going on with an article, in one line. */
function describe(article, { result, stored, said, unread } = {}) {
  const { end, status, place, latest } = article;
  if (end && unread) return phrase("live.unread");
  if (end && said) return said;
  if (end && stored) return phrase("word.version", { version: stored });
  const { language: lang, run } = article;
  if (end) return describeEnd({ ...end, words: result?.words ?? end.words, lang, later: run > 1 });
  if (status === "pending") return place > 1 ? phrase("live.place", { place }) : phrase("live.next");
  if (status === "awaiting_review") return phrase("state.awaiting_review");
  if (!latest) return phrase("word.starting");
  const retrying = article.stage(latest.stage).statusOf(latest.section) === "retrying";
  const writing = latest.stage === "content" && !retrying;
  if (latest.status === "retrying" && !retrying && !writing) return phrase("live.stage", { stage: labelOf(latest.stage) }); // it has worked
  return (writing && describeWriting(article)) || ofSection(latest.section, latest.message);
}

function describeWriting({ sections, rewriting }) {
  if (rewriting) return phrase("live.rewriting", { section: rewriting });
  return sections.length > 1 ? counted("live.writing", sections.length) : "";
}

/** How long it took is known of the last run alone: nothing is said of it once there was more than one. */
function describeEnd(end) {
  if (end.type === "error") return phrase("live.error");
  const what = { words: words(end.words, end.lang), time: duration(end.elapsed_ms, true) };
  const how = end.later ? "_later" : "";
  if (end.status === "completed") return phrase(`live.finished${how}`, what);
  return end.words ? phrase(`live.stopped${how}`, what) : phrase("live.stopped_empty");
}

const CONFLICT = 409; // it has ended already, as the stream is about to tell

export class StopController extends LivePart {
  connect() {
    this.listen(this.element, "click", () => this.#stop());
  }

  draw({ article, state }) {
    this.element.hidden = Boolean(article.end) || state === "opening" || state === "missing";
    if (article.end) setText(this.element, phrase("live.stop"));
  }

  async #stop() {
    this.element.disabled = true;
    setText(this.element, phrase("live.stopping"));
    try {
      await cancel(this.viewing.id);
    } catch (problem) {
      if (problem.status !== CONFLICT) setText(this.element, phrase("live.stop_failed"));
    } finally {
      this.element.disabled = false;
    }
  }
}
