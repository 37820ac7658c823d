import { phrase } from "../helpers/say.js";
import { oncePerFrame } from "../helpers/timing.js";
import { ChatSession } from "../models/chat_session.js";
import { server } from "../models/server.js";
import { AskController, ChatHeadingController, ChatStatusController } from "./chat_parts.js";
import { Controller } from "./controller.js";
import { make } from "./dom.js";
import { atEnd, followEnd, keepEnd, showEnd } from "./follow.js";
import { MessagesController } from "./messages_controller.js";

/**
 * A conversation, in any element: as a page (`data-page`) the one that its address names, with a heading; as a panel the
 * one in `data-conversation` or a new one on the article in `data-article`, scrolling by itself.
 */
export class ChatController extends Controller {
  #page = "page" in this.element.dataset;
  #draw = oncePerFrame(() => this.#drawNow());
  #session = new ChatSession(this.#wanted(), this.#draw);
  #parts = [];
  #applied = 0; // the version that the last accepted proposal became

  connect() {
    this.element.append(...chatMarkup());
    this.#parts = [
      new MessagesController(this.part("talk"), this.#session),
      new ChatStatusController(this.part("status")),
      new AskController(this.part("ask"), this.#session),
    ];
    if (this.#page) this.#parts.push(new ChatHeadingController(this.element));
    for (const part of this.#parts) part.connect();
    this.listen(this.element, "submit", () => this.#toEnd());
    this.#session.begin();
  }

  disconnect() {
    super.disconnect();
    this.#session.end();
    this.#draw.cancel();
    for (const part of this.#parts) part.disconnect();
  }

  #wanted() {
    if (this.#page) return Object.fromEntries(new URLSearchParams(location.search));
    const { conversation, article } = this.element.dataset;
    return { conversation, article };
  }

  #toEnd() {
    const talk = this.part("talk");
    requestAnimationFrame(() => (this.#page ? showEnd(this.element) : (talk.scrollTop = talk.scrollHeight)));
  }

  #drawNow() {
    const talk = this.part("talk");
    if (this.#page) keepEnd(this.element, () => this.#drawParts());
    else followEnd(() => this.#drawParts(), talk, atEnd(talk));
  }

  #drawParts() {
    this.element.dataset.state = this.#session.state;
    for (const part of this.#parts) part.draw(this.#session);
    this.#tellApplied(this.#session.talk.applied);
  }

  #tellApplied(version) {
    if (version <= this.#applied) return;
    this.#applied = version;
    this.element.dispatchEvent(new CustomEvent("proposal:applied", { bubbles: true, detail: version }));
  }
}

/** What a conversation is made of, wherever it is shown. */
function chatMarkup() {
  return [
    make("ol", { class: "talk", "data-part": "talk", "aria-label": phrase("chat.messages"), tabindex: "-1" }),
    make("p", { class: "chat__status", role: "status", "data-part": "status" }),
    make("form", { class: "ask", "data-part": "ask" }, ...ask()),
  ];
}

function ask() {
  const input = { class: "ask__input", name: "content", rows: "1", dir: "auto", maxlength: server.max_message ?? "" };
  const named = { "aria-label": phrase("chat.message"), placeholder: phrase("chat.message_hint"), "aria-describedby": "ask-error" };
  return [
    make("p", { class: "ask__error", id: "ask-error", role: "alert", "data-part": "error" }),
    make("textarea", { ...input, ...named }),
    make("button", { class: "button button--primary", type: "submit", "data-part": "send" }, phrase("chat.send")),
    make("button", { class: "button", type: "button", "data-part": "stop", hidden: "" }, phrase("chat.stop")),
  ];
}
