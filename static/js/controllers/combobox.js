import { make } from "./dom.js";

/** A field with suggestions: the arrows go through them, Enter takes one or what was typed, Escape closes them. */
export class Combobox {
  #input;
  #list;
  #offer;
  #take;
  #at = -1;

  /** `offer(typed)` gives `{ value, label, more }`, the best first; `take(value)` is told what was taken. */
  constructor(input, list, { offer, take }) {
    this.#input = input;
    this.#list = list;
    this.#offer = offer;
    this.#take = take;
  }

  connect(owner) {
    owner.listen(this.#input, "input", () => this.#open());
    owner.listen(this.#input, "click", () => this.#open());
    owner.listen(this.#input, "blur", () => this.close());
    owner.listen(this.#input, "keydown", (event) => this.#pressed(event));
    owner.listen(this.#list, "pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    owner.listen(this.#list, "click", ({ target }) => this.#chosen(target.closest("[role=option]")?.dataset.value));
  }

  close() {
    this.#list.hidden = true;
    this.#input.ariaExpanded = false;
    this.#mark(-1);
  }

  #open() {
    const offered = this.#offer(this.#input.value.trim());
    this.#list.replaceChildren(...offered.map((each, i) => option(`${this.#list.id}-${i}`, each)));
    this.#list.hidden = !offered.length;
    this.#input.ariaExpanded = Boolean(offered.length);
    this.#mark(-1);
  }

  #pressed(event) {
    const { key, isComposing } = event;
    if (isComposing) return;
    if (key === "ArrowDown" || key === "ArrowUp") this.#move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Enter") this.#chosen(this.#list.children[this.#at]?.dataset.value ?? this.#input.value.trim());
    else if (key === "Escape" && !this.#list.hidden) this.close();
    else return;
    event.preventDefault();
  }

  #move(by) {
    if (this.#list.hidden) this.#open();
    const { length } = this.#list.children;
    if (length) this.#mark((this.#at + by + length + (this.#at < 0 && by < 0)) % length);
  }

  #mark(at) {
    this.#at = at;
    [...this.#list.children].forEach((each, i) => (each.ariaSelected = i === at));
    const marked = this.#list.children[at];
    if (marked) this.#input.setAttribute("aria-activedescendant", marked.id);
    else this.#input.removeAttribute("aria-activedescendant");
    marked?.scrollIntoView({ block: "nearest" });
  }

  #chosen(value) {
    if (!value) return;
    this.close();
    this.#take(value);
  }
}

const option = (id, { value, label, more = "" }) =>
  make(
    "li",
    { id, class: "option", role: "option", "data-value": value, "aria-selected": "false" },
    make("span", { dir: "auto" }, label),
    ...(more ? [make("small", {}, more)] : []),
  );
