import { phrase } from "../helpers/say.js";
import { copied, make, setText, setTextBriefly } from "./dom.js";
import { Manuscript } from "./manuscript.js";
import { ProposalView } from "./proposal_view.js";
import { showHtml } from "./rendered.js";

const SPEAKERS = { user: phrase("chat.you"), assistant: "Pressroom" };

/** One message: a question as it was written; an answer as text while it is given, as Markdown when it has ended. */
export class Message {
  role;
  #element;
  #text = make("div", { class: "message__text manuscript rendered", dir: "auto" });
  #note = make("p", { class: "message__note", hidden: "" });
  #retry = make("button", { class: "message__action", type: "button", "data-retry": "", hidden: "" }, phrase("word.try_again"));
  #copy = new CopyMessage();
  #proposal = new ProposalView();
  #shown = null; // the answer's text, the HTML or the question that is drawn
  #manuscript = null;

  constructor(parent, role) {
    this.role = role;
    const actions = make("p", { class: "message__actions" }, this.#copy.element, this.#retry);
    const speaker = make("h2", { class: "message__speaker" }, SPEAKERS[role]);
    const parts = [speaker, this.#text, this.#note, this.#proposal.element, actions];
    this.#element = make("li", { class: `message message--${role}` }, ...parts);
    parent.append(this.#element);
  }

  draw(message, { last, applying, refused }) {
    if (message.answer) this.#stream(message.answer);
    else if (this.role === "user") this.#question(message);
    else this.#answer(message);
    this.#copy.draw(this.role === "assistant" && !message.answer ? message.content : "");
    this.#retry.hidden = !last;
    this.#proposal.draw(message.proposal ?? null, { applying, refused });
  }

  remove() {
    this.#element.remove();
  }

  #stream(answer) {
    if (answer !== this.#shown) {
      this.#shown = answer;
      this.#text.replaceChildren();
      this.#note.hidden = true;
      this.#manuscript = new Manuscript(this.#text);
    }
    this.#manuscript.draw(answer, { writing: true });
  }

  #question({ content, sending = false }) {
    setText(this.#text, content);
    this.#element.toggleAttribute("data-sending", sending);
  }

  #answer({ html, stopped }) {
    if (html === this.#shown) return;
    this.#shown = html;
    this.#text.ariaBusy = false;
    showHtml(this.#text, html);
    this.#note.hidden = !stopped;
    setText(this.#note, phrase(html ? "chat.stopped" : "chat.stopped_empty"));
  }
}

/** Copies an answer as Markdown. */
class CopyMessage {
  element = make("button", { class: "message__action", type: "button", hidden: "" }, phrase("word.copy"));
  #markdown = "";

  constructor() {
    this.element.addEventListener("click", () => this.#copy());
  }

  draw(markdown) {
    this.#markdown = markdown;
    this.element.hidden = !markdown || !navigator.clipboard;
  }

  async #copy() {
    setTextBriefly(this.element, await copied(this.#markdown), phrase("word.copy"));
  }
}
