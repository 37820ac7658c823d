import { Controller } from "./controller.js";
import { say } from "./dom.js";

/** Where messages are written: Enter sends, Shift+Enter begins a new line. */
export class AskController extends Controller {
  #conversing;
  #refused = null;

  constructor(element, conversing) {
    super(element);
    this.#conversing = conversing;
  }

  connect() {
    this.listen(this.element, "submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.listen(this.#input, "keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.element.requestSubmit();
    });
    this.listen(this.part("stop"), "click", () => {
      this.#conversing.stop();
      this.#input.focus();
    });
    this.#input.focus({ preventScroll: true });
  }

  draw({ talk, state, refused }) {
    this.part("stop").hidden = !talk.answer;
    this.part("send").hidden = Boolean(talk.answer);
    this.element.hidden = state === "missing";
    if (refused === this.#refused) return;
    this.#refused = refused;
    say(this.part("error"), refused && !refused.proposal ? `Not sent: ${refused.message}.` : "");
    if (refused?.content) this.#input.value ||= refused.content;
  }

  get #input() {
    return this.element.elements.content;
  }

  #send() {
    const content = this.#input.value.replace(/\r\n?/g, "\n").trim();
    const { talk, pending } = this.#conversing;
    if (!content || talk.answer || pending) return; // one thing at a time: it stays where it is written
    this.#conversing.say(content);
    this.#input.value = "";
  }
}
