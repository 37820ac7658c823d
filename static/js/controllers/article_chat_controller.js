import { ChatController } from "./chat_controller.js";
import { LivePart } from "./controller.js";
import { make } from "./dom.js";

/** A conversation about the finished article, begun when it is first opened; what is accepted there is shown at once. */
export class ArticleChatController extends LivePart {
  #chat = null;
  #begun = false;

  connect() {
    this.listen(this.element, "toggle", () => this.element.open && this.#begin());
    this.listen(this.element, "submit", () => this.#show());
    this.listen(this.element, "proposal:applied", () => this.viewing.refresh());
  }

  disconnect() {
    super.disconnect();
    this.#chat?.disconnect();
  }

  draw({ article, result, mode }) {
    const finished = article.end && result?.content && result.status !== "failed";
    this.element.hidden = mode !== "read" || !finished;
  }

  #begin() {
    if (this.#begun) return;
    this.#begun = true;
    const named = { "data-article": this.viewing.id, "aria-label": "Ask for changes" };
    const panel = make("section", { class: "chat chat--panel", ...named });
    this.element.append(panel);
    this.#chat = new ChatController(panel);
    this.#chat.connect();
    this.#show();
  }

  #show() {
    requestAnimationFrame(() => this.element.scrollIntoView({ block: "nearest" }));
  }
}
