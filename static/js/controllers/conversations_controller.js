import { chatPage, conversations, forget } from "../api.js";
import { when } from "../helpers/phrases.js";
import { Controller } from "./controller.js";
import { make } from "./dom.js";

const WIDE = matchMedia("(width >= 60rem)");

/** The conversations that there are, the newest first; each can be opened, and deleted after a second thought. */
export class ConversationsController extends Controller {
  #current = new URLSearchParams(location.search).get("conversation");
  #cursor = null;

  connect() {
    this.element.querySelector("details").open = WIDE.matches;
    this.listen(document, "conversation", ({ detail }) => this.#begun(detail.id));
    this.listen(this.part("more"), "click", () => this.#load());
    this.listen(this.element, "click", ({ target }) => {
      if (target.matches("[data-forget]")) this.#forget(target);
    });
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
    this.part("list").append(...page.conversations.map((each) => this.#item(each)));
    this.#cursor = page.next_cursor;
    this.part("more").hidden = !page.next_cursor;
    this.part("none").hidden = this.part("list").childElementCount > 0;
  }

  #item({ id, title, updated_at }) {
    const link = make("a", { class: "conversations__link", href: chatPage({ conversation: id }), dir: "auto" }, title);
    if (id === this.#current) link.ariaCurrent = "page";
    const time = make("time", { class: "conversations__time", datetime: updated_at }, when(updated_at));
    const named = { "data-forget": id, "aria-label": `Delete “${title}”` };
    const button = make("button", { class: "conversations__delete", type: "button", ...named }, "Delete");
    return make("li", { class: "conversations__item" }, link, time, button);
  }

  async #forget(button) {
    if (!("sure" in button.dataset)) return this.#hesitate(button);
    await forget(button.dataset.forget).catch(() => {});
    if (button.dataset.forget === this.#current) return location.assign(chatPage({}));
    this.#cursor = null;
    return this.#load();
  }

  #hesitate(button) {
    const [text, label] = [button.textContent, button.ariaLabel];
    button.dataset.sure = "";
    button.textContent = "Really delete?";
    button.ariaLabel = `Really ${label.charAt(0).toLowerCase()}${label.slice(1)}?`;
    const calm = () => {
      delete button.dataset.sure;
      button.textContent = text;
      button.ariaLabel = label;
    };
    button.addEventListener("blur", calm, { once: true });
  }
}
