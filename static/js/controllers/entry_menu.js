import { phrase } from "../helpers/say.js";
import { composePage, livePage } from "../api.js";
import { may, server } from "../models/server.js";
import { copied, make, setTextBriefly } from "./dom.js";

/** The menus of the entries: one is open at a time, and made when it is first opened. */
export class EntryMenus {
  #list;
  #does;

  /** `does` has what the page does: `get(id)`, `exported(ids, format)`, `tag(articles)`. */
  constructor(list, does) {
    this.#list = list;
    this.#does = does;
  }

  connect(owner) {
    this.#list.addEventListener("toggle", ({ target }) => target.open && this.#opened(target), true);
    owner.listen(document, "click", ({ target }) => this.#closeOthers(target));
    owner.listen(this.#list, "keydown", (event) => event.key === "Escape" && this.#leave(event.target));
    owner.listen(this.#list, "click", ({ target }) => this.#clicked(target));
  }

  #opened(menu) {
    const { id } = menu.closest("[data-id]").dataset;
    if (!menu.querySelector("ul")) menu.append(make("ul", { class: "menu__list" }, ...items(id)));
  }

  #closeOthers(target) {
    for (const menu of this.#list.querySelectorAll("details[open]"))
      if (!menu.contains(target) || target.matches("a, [data-export], [data-tags], [data-delete]")) menu.open = false;
  }

  #leave(target) {
    const menu = target.closest("details[open]");
    if (!menu) return;
    menu.open = false;
    menu.firstElementChild.focus();
  }

  #clicked(target) {
    const id = target.closest("[data-id]")?.dataset.id;
    if (target.matches("[data-copy]")) this.#copy(target, id);
    if (target.matches("[data-export]")) this.#does.exported([id], target.dataset.export);
    if (target.matches("[data-tags]")) this.#does.tag([this.#does.get(id)]);
  }

  async #copy(button, id) {
    setTextBriefly(button, await copied(livePage(id).href), phrase("library.copy_link"));
  }
}

const items = (id) => [
  item(make("a", { href: livePage(id) }, phrase("library.open"))),
  ...(navigator.clipboard ? [act("data-copy", "", phrase("library.copy_link"))] : []),
  ...offered(act("data-tags", "", phrase("library.tags")), again(id)),
  ...exports(),
  ...offered(act("data-delete", "", phrase("word.delete"))),
];

/** One for each format that the server has. */
export const exports = () => server.formats.map(({ name, label }) => act("data-export", name, phrase("library.export_as", { format: label })));

const again = (id) => item(make("a", { href: composePage("", id) }, phrase("library.again")));

/** What only who may write can do. */
const offered = (...acts) => (may.write ? acts : []);

const act = (name, value, label) => item(make("button", { type: "button", [name]: value }, label));
const item = (what) => make("li", {}, what);
