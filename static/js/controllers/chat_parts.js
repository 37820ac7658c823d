/** What stands around a conversation: its name, what is going on, and where messages are written. */

import { article, chatPage, livePage } from "../api.js";
import { stopped } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { Controller } from "./controller.js";
import { setText } from "./dom.js";

/** What the page's conversation is called, what it is about, and its address. */
export class ChatHeadingController extends Controller {
  #id = null;
  #article = null;

  draw({ talk }) {
    this.element.toggleAttribute("data-begun", talk.messages.length > 0);
    if (talk.messages.length && talk.id !== this.#id) this.#begun(talk);
    if (talk.article && talk.article !== this.#article) this.#about(talk.article);
  }

  #begun({ id, messages }) {
    this.#id = id;
    const title = messages[0].content;
    history.replaceState(null, "", chatPage({ conversation: id }));
    document.title = `${title} · Pressroom`;
    setText(this.part("title"), title);
    this.element.dispatchEvent(new CustomEvent("conversation", { bubbles: true, detail: { id } }));
  }

  async #about(id) {
    this.#article = id;
    const { title } = await article(id).catch(() => ({}));
    if (!title) return;
    const link = this.part("about").querySelector("a");
    link.href = livePage(id);
    setText(link, title);
    this.part("about").hidden = false;
  }
}

const CONNECTION = {
  opening: phrase("chat.loading"),
  lost: phrase("word.reconnecting"),
  missing: phrase("chat.missing"),
};

/** One line on what is going on. It is announced, so it does not change with the words. */
export class ChatStatusController extends Controller {
  #heard = false;

  draw({ talk, state }) {
    setText(this.element, CONNECTION[state] ?? this.#describe(talk));
    // That it is answered is plain to see; it has to be said only to those who can't.
    this.element.toggleAttribute("data-plain", state === "open" && !talk.answer && !talk.unanswered);
  }

  #describe({ answer, failure, last, unanswered }) {
    if (answer) this.#heard = true;
    if (answer) return phrase(answer.value ? "chat.answering" : "chat.thinking");
    if (failure) return stopped(failure);
    if (unanswered) return phrase("chat.unanswered");
    if (!this.#heard) return "";
    return last?.stopped ? phrase("word.stopped") : phrase("chat.answered");
  }
}

/** Where messages are written: Enter sends, Shift+Enter begins a new line. */
export class AskController extends Controller {
  #session;
  #refused = null;

  constructor(element, session) {
    super(element);
    this.#session = session;
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
      this.#session.stop();
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
    const unsent = refused && !refused.proposal;
    setText(this.part("error"), unsent ? phrase("chat.unsent", { why: stopped(refused.message) }) : "");
    if (refused?.content) this.#input.value ||= refused.content;
  }

  get #input() {
    return this.element.elements.content;
  }

  #send() {
    const content = this.#input.value.replace(/\r\n?/g, "\n").trim();
    const { talk, pending } = this.#session;
    if (!content || talk.answer || pending) return; // one thing at a time: it stays where it is written
    this.#session.say(content);
    this.#input.value = "";
  }
}
