import { phrase } from "../helpers/say.js";
import { composePage, retry } from "../api.js";
import { ofSection, stopped } from "../helpers/phrases.js";
import { make, setText } from "./dom.js";
import { LivePart } from "./controller.js";

const MISSING = { message: phrase("failure.missing") };
const STOPPED = { message: phrase("failure.stopped"), again: phrase("failure.continue") };
const EMPTY = { message: phrase("failure.empty"), again: phrase("failure.start") };

const KEPT = phrase("failure.kept");

/** What went wrong, and the ways to go on. */
export class FailureController extends LivePart {
  #shown = null;

  draw({ article, state }) {
    const failure = state === "missing" ? MISSING : failureOf(article);
    if (failure === this.#shown) return;
    this.#shown = failure;
    this.element.toggleAttribute("data-calm", [MISSING, STOPPED, EMPTY].includes(failure));
    this.element.replaceChildren(...(failure ? this.#lines(failure, article) : []));
  }

  #lines(failure, article) {
    const { topic } = article;
    const ways = make("p", { class: "failure__ways for-writers" });
    if (failure !== MISSING) ways.append(this.#again(failure));
    ways.append(make("a", { href: composePage(topic, this.viewing.id) }, phrase(topic ? "failure.over" : "failure.new")));
    const lines = [make("p", {}, stopped(ofSection(failedSection(article), failure.message)))];
    if (article.outline && failure !== MISSING) lines.push(make("p", { class: "failure__kept" }, KEPT));
    return [...lines, ways];
  }

  #again({ retryable, again = phrase(this.viewing.article.outline ? "failure.continue" : "word.try_again") }) {
    const button = make("button", { type: "button", class: `button ${retryable ? "button--primary" : ""}` }, again);
    button.addEventListener("click", () => this.#retry(button));
    return button;
  }

  async #retry(button) {
    button.disabled = true;
    try {
      await retry(this.viewing.id);
      this.viewing.again();
    } catch (problem) {
      button.disabled = false;
      setText(this.element.firstElementChild, stopped(problem.message));
    }
  }
}

/** The one section that has failed, if it was one. */
function failedSection(article) {
  const failed = article.stage("content").parts.filter(({ status }) => status === "failed");
  return failed.length === 1 ? failed[0].section : null;
}

function failureOf(article) {
  const { end } = article;
  if (end?.type === "error") return end;
  if (end?.status !== "cancelled") return null;
  return end.words ? STOPPED : EMPTY;
}
