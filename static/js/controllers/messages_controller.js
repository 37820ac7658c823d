import { Controller } from "./controller.js";
import { Message } from "./message.js";

/** What was said, and what is being said. Only what has changed is drawn. */
export class MessagesController extends Controller {
  #session;
  #id = null;
  #shown = [];

  constructor(element, session) {
    super(element);
    this.#session = session;
  }

  connect() {
    this.listen(this.element, "click", ({ target }) => {
      const button = target.closest("[data-accept], [data-retry]");
      if (!button) return;
      if (button.dataset.accept) this.#session.accept(button.dataset.accept);
      else this.#session.retry();
      this.element.focus({ preventScroll: true }); // the button goes
    });
  }

  draw({ talk, pending, applying, refused }) {
    if (talk.id !== this.#id) this.#clear(talk.id);
    const all = [...talk.messages];
    if (talk.answer) all.push({ role: "assistant", answer: talk.answer });
    if (pending) all.push({ role: "user", content: pending.content, sending: true });
    while (this.#shown.length > all.length) this.#shown.pop().remove();
    all.forEach((message, i) => {
      if (this.#shown[i] && this.#shown[i].role !== message.role) this.#cut(i);
      this.#shown[i] ??= new Message(this.element, message.role);
      const last = i === all.length - 1 && !message.answer && !message.sending;
      this.#shown[i].draw(message, { last, applying, refused });
    });
  }

  #clear(id) {
    this.#id = id;
    this.#cut(0);
  }

  #cut(from) {
    for (const message of this.#shown.splice(from)) message.remove();
  }
}
