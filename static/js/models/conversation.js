import { say } from "../helpers/say.js";
import { Text } from "./text.js";

/** What the page knows of one conversation, learnt from its socket's messages. */
export class Conversation {
  id = null;
  article = null;
  messages = [];
  answer = null; // the text that is being given
  failure = null; // why the last question has no answer

  /** What each message means; the names are those on the wire. False means that text is missing. */
  handlers = {
    conversation: ({ id, article, messages }) => {
      Object.assign(this, { id, article, messages, answer: null, failure: null });
    },
    start: ({ question }) => {
      this.messages = this.messages.filter(({ number }) => number < question.number);
      this.messages.push({ role: "user", ...question });
      this.answer = new Text();
      this.failure = null;
    },
    chunk: ({ offset, content }) => this.answer?.put(offset, content) ?? false,
    end: ({ number, stopped, html }) => {
      this.messages.push({ role: "assistant", number, content: this.answer?.value ?? "", stopped, html });
      this.answer = null;
    },
    proposal: ({ type, ...proposal }) => {
      const known = this.messages.find((message) => message.proposal?.id === proposal.id);
      (known ?? this.messages.at(-1)).proposal = proposal;
    },
    error: (error) => {
      if (!error.ended) return;
      this.answer = null;
      this.failure = say(error);
    },
    pong: () => {},
  };

  apply(message) {
    return this.handlers[message.type]?.(message) ?? true;
  }

  get last() {
    return this.messages.at(-1) ?? null;
  }

  /** The newest version of the article that came of this conversation, or 0. */
  get applied() {
    return Math.max(0, ...this.messages.map(({ proposal }) => proposal?.applied ?? 0));
  }

  /** Whether the last question waits for nobody's answer any more. */
  get unanswered() {
    return !this.answer && this.last?.role === "user";
  }

  /** Whether a question was stored behind a message's number. */
  holds(content, after) {
    return this.messages.some((said) => said.role === "user" && said.number > after && said.content === content);
  }
}
