import { Controller } from "./controller.js";
import { say } from "./dom.js";

const CONNECTION = {
  opening: "Opening the conversation",
  lost: "Reconnecting…",
  missing: "This conversation is not there: it may have been deleted.",
};

/** One line on what is going on. It is announced, so it does not change with the words. */
export class TalkStatusController extends Controller {
  #heard = false;

  draw({ talk, state }) {
    say(this.element, CONNECTION[state] ?? this.#describe(talk));
    // That it is answered is plain to see; it has to be said only to those who can't.
    this.element.toggleAttribute("data-plain", state === "open" && !talk.answer && !talk.unanswered);
  }

  #describe({ answer, failure, last, unanswered }) {
    if (answer) this.#heard = true;
    if (answer) return answer.value ? "Answering" : "Thinking";
    if (failure) return `No answer: ${failure}.`;
    if (unanswered) return "This question was not answered.";
    if (!this.#heard) return "";
    return last?.stopped ? "Stopped" : "Answered";
  }
}
