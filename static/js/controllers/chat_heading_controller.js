import { article, chatPage, livePage } from "../api.js";
import { Controller } from "./controller.js";
import { say } from "./dom.js";

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
    say(this.part("title"), title);
    this.element.dispatchEvent(new CustomEvent("conversation", { bubbles: true, detail: { id } }));
  }

  async #about(id) {
    this.#article = id;
    const { title } = await article(id).catch(() => ({}));
    if (!title) return;
    const link = this.part("about").querySelector("a");
    link.href = livePage(id);
    say(link, title);
    this.part("about").hidden = false;
  }
}
