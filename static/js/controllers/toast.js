import { make } from "./dom.js";

/** Says what is being removed, and takes it back. */
export class Toast {
  #element;
  #removals;

  constructor(element, removals) {
    this.#element = element;
    this.#removals = removals;
  }

  draw() {
    const { waiting, failed } = this.#removals;
    const lines = [...waiting.values()].map((removal) => this.#line(removal));
    if (failed) lines.push(line(failed, " could not be deleted; it is still there."));
    this.#element.replaceChildren(...lines);
  }

  #line(removal) {
    const undo = make("button", { type: "button", class: "button" }, "Undo");
    undo.addEventListener("click", () => this.#removals.undo(removal.id));
    const element = line(removal, " is being deleted.");
    element.append(undo);
    return element;
  }
}

const line = ({ title }, what) =>
  make(
    "p",
    { class: "toast__line" },
    make("span", { class: "toast__title", dir: "auto" }, title),
    make("span", {}, what),
  );
