import { composePage, retry } from "../api.js";
import { STAGES, stopped } from "../helpers/phrases.js";
import { make, say } from "./dom.js";
import { LivePart } from "./controller.js";

const MISSING = { message: "It may have been removed, or its address is incomplete." };
const CANCELLED = { message: "It was stopped before it was finished. What there is of it is kept.", stopped: true };

/** What went wrong, in the server's words, and the ways to go on. */
export class FailureController extends LivePart {
  #shown = null;

  draw({ article, state }) {
    const failure = state === "missing" ? MISSING : failureOf(article);
    if (failure === this.#shown) return;
    this.#shown = failure;
    this.element.toggleAttribute("data-calm", failure === CANCELLED || failure === MISSING);
    this.element.replaceChildren(...(failure ? this.#lines(failure, article.topic) : []));
  }

  #lines(failure, topic) {
    const where = failure.stage ? make("strong", {}, `${STAGES[failure.stage]}: `) : "";
    const ways = make("p", { class: "failure__ways" });
    if (failure.type || failure.stopped) ways.append(this.#again(failure));
    ways.append(make("a", { href: composePage(topic) }, topic ? "Start again with this topic" : "Write a new article"));
    return [make("p", {}, where, stopped(failure.message)), ways];
  }

  #again({ retryable }) {
    const button = make(
      "button",
      { type: "button", class: `button ${retryable ? "button--primary" : ""}` },
      "Try again",
    );
    button.title = "Goes on from what is stored; nothing that is written is written twice";
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
      say(this.element.firstElementChild, stopped(problem.message));
    }
  }
}

const failureOf = ({ end }) => (end?.type === "error" ? end : end?.status === "cancelled" ? CANCELLED : null);
