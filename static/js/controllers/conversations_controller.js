import { chatPage, conversations, forget } from "../api.js";
import { when } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { Controller } from "./controller.js";
import { ListDeletion } from "./deletion.js";
import { make } from "./dom.js";

const WIDE = matchMedia("(width >= 60rem)");

/** The conversations that there are, the newest first; each can be opened, and deleted. */
export class ConversationsController extends Controller {
  #current = new URLSearchParams(location.search).get("conversation");
  #cursor = null;
  #deletion = new ListDeletion(this.part("list"), document.querySelector(".toast"), forget, ({ ids: [id] }, how) => {
    if (how === "done" && id === this.#current) location.assign(chatPage({}));
    this.#count();
  });

  connect() {
    this.element.querySelector("details").open = WIDE.matches;
    this.listen(document, "conversation", ({ detail }) => this.#begun(detail.id));
    this.listen(this.part("more"), "click", () => this.#load());
    this.#deletion.connect(this);
    this.#load();
  }

  #begun(id) {
    this.#current = id;
    this.#cursor = null;
    this.#load();
  }

  async #load() {
    const from = this.#cursor;
    const page = await conversations({ cursor: from }).catch(() => null);
    if (!page) return;
    if (!from) this.part("list").replaceChildren();
    const kept = page.conversations.filter(({ id }) => !this.#deletion.has(id));
    this.part("list").append(...kept.map((each) => this.#item(each)));
    this.#cursor = page.next_cursor;
    this.part("more").hidden = !page.next_cursor;
    this.#count();
  }

  #item({ id, title, updated_at }) {
    const link = make("a", { class: "conversations__link", href: chatPage({ conversation: id }), dir: "auto" }, title);
    if (id === this.#current) link.ariaCurrent = "page";
    const time = make("time", { class: "conversations__time", datetime: updated_at }, when(updated_at));
    const named = { "data-delete": "", "aria-label": phrase("chat.delete_one", { title }) };
    const button = make("button", { class: "conversations__delete", type: "button", ...named }, phrase("chat.delete"));
    return make("li", { class: "conversations__item", "data-id": id }, link, time, button);
  }

  #count() {
    this.part("none").hidden = [...this.part("list").children].some((item) => !item.hidden);
  }
}
