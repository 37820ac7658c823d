import { conversations } from "../api.js";
import { phrase } from "../helpers/say.js";
import { ChatController } from "./chat_controller.js";
import { LivePart } from "./controller.js";
import { make } from "./dom.js";

/**
 * A conversation about the finished article: the latest one goes on when it is first opened, or a new one begins. What is
 * accepted there is shown at once.
 */
export class ArticleChatController extends LivePart {
  #chat = null;
  #begun = false;

  connect() {
    this.listen(this.element, "toggle", () => this.element.open && this.#begin());
    this.listen(this.element, "submit", () => this.#show());
    this.listen(this.element, "proposal:applied", ({ detail }) => {
      if (detail > this.viewing.result.version) this.viewing.refresh();
    });
  }

  disconnect() {
    super.disconnect();
    this.#chat?.disconnect();
  }

  draw({ article, result, mode }) {
    const finished = article.end && result?.content && result.status !== "failed";
    this.element.hidden = mode !== "read" || !finished;
  }

  async #begin() {
    if (this.#begun) return;
    this.#begun = true;
    const { id: article } = this.viewing;
    const last = await conversations({ article, limit: 1 }).then((page) => page.conversations[0], () => null);
    const held = last ? { "data-conversation": last.id } : { "data-article": article };
    const panel = make("section", { class: "chat chat--panel", "aria-label": phrase("chat.ask_changes"), ...held });
    this.element.append(panel);
    this.#chat = new ChatController(panel);
    this.#chat.connect();
    this.#show();
  }

  #show() {
    requestAnimationFrame(() => this.element.scrollIntoView({ block: "nearest" }));
  }
}
