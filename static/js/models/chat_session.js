import * as api from "../api.js";
import { ReconnectingSocket } from "./socket.js";
import { say } from "../helpers/say.js";
import { Conversation } from "./conversation.js";

/** Somebody in a conversation, over any loss of the connection: no message gets lost on the way, and none comes twice. */
export class ChatSession {
  talk = new Conversation();
  state = "opening"; // or open, lost, missing
  pending = null; // a message that the server has not confirmed
  applying = null; // a proposal, likewise
  refused = null; // what the server would not do
  #wanted; // names a `conversation`, or an `article` for a new one
  #changed;
  #socket = new ReconnectingSocket({
    address: () => api.chatUrl(this.#wanted),
    there: () => this.#there(),
    heard: (message) => this.#heard(message),
    lost: (forGood) => this.#became(forGood ? "missing" : "lost"),
  });

  #became = (state) => {
    this.state = state;
    this.#changed();
  };

  constructor(wanted, changed) {
    this.#wanted = wanted;
    this.#changed = changed;
  }

  begin = () => this.#socket.connect();
  end = () => this.#socket.close();
  stop = () => this.#send({ type: "stop" });
  retry = () => this.#send({ type: "retry" });

  say(content) {
    this.pending = { content, after: this.talk.last?.number ?? 0 };
    if (this.state === "open") this.#send({ type: "message", content });
    else this.#changed(); // it is sent when the conversation is there: sent now, it might come twice
  }

  accept(proposal) {
    this.applying = proposal;
    this.#send({ type: "apply", proposal });
  }

  #send(message) {
    this.refused = null;
    this.#socket.send(message);
    this.#changed();
  }

  #heard(message) {
    if (!this.talk.apply(message)) return this.begin(); // text is missing: all of it again
    if (message.type === "conversation") this.#arrived(message);
    if (message.type === "start" && message.question.content === this.pending?.content) this.pending = null;
    if (message.type === "proposal" && message.id === this.applying) this.applying = null;
    if (message.type === "error" && (!message.ended || this.pending)) this.#refuse(message);
    this.#became("open");
  }

  /** Back again: what was sent before may have been lost, or only its confirmation. */
  #arrived({ id }) {
    this.#wanted = { conversation: id };
    this.applying = null;
    if (this.pending && this.talk.holds(this.pending.content, this.pending.after)) this.pending = null;
    if (this.pending) this.#socket.send({ type: "message", content: this.pending.content });
  }

  #refuse(error) {
    this.refused = { message: say(error), content: this.pending?.content ?? null, proposal: this.applying };
    this.pending = this.applying = null;
  }

  async #there() {
    const gone = await api.chatSubject(this.#wanted).then(() => false, ({ status }) => status === 404);
    const unstored = gone && this.talk.id && !this.talk.messages.length; // for nothing had been said
    if (unstored) this.#wanted = { article: this.talk.article };
    return unstored || !gone;
  }
}
