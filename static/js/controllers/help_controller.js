import { Controller } from "./controller.js";
import { make } from "./dom.js";

const KEYS = [
  ["?", "Show this help"],
  ["Enter", "Write the article, send the message"],
  ["Shift + Enter", "A new line instead"],
  ["Esc", "Close, cancel, go back to the article"],
  ["Alt + ↑ ↓", "Move a section of the outline"],
  ["E", "Write in the article"],
  ["Ctrl + S", "Save what is edited"],
  ["Ctrl + J", "Change the selected text"],
  ["Ctrl + Z", "Undo the last change of the article"],
  ["Ctrl + Shift + Z", "Redo it"],
  ["J, K", "In the library: next article, previous article"],
  ["X, Space", "In the library: select the article"],
  ["Shift + X", "In the library: select all up to this one"],
  ["Del", "In the library: delete what is selected"],
];
const WRITING = "input, textarea, select, [contenteditable]";

/** What the keyboard can do, on a sheet that a button and the question mark open. */
export class HelpController extends Controller {
  #sheet = null;

  connect() {
    this.listen(this.element, "click", () => this.#open());
    this.listen(document, "keydown", ({ key, target, ctrlKey, metaKey }) => {
      if (key === "?" && !ctrlKey && !metaKey && !target.closest?.(WRITING)) this.#open();
    });
  }

  #open() {
    if (!this.#sheet) document.body.append((this.#sheet = sheet()));
    this.#sheet.showModal();
  }
}

function sheet() {
  const keys = KEYS.flatMap(([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)]);
  const close = make("form", { method: "dialog" }, make("button", { class: "button" }, "Close"));
  const title = make("h2", { id: "help" }, "Keyboard");
  return make("dialog", { class: "help", "aria-labelledby": "help" }, title, make("dl", {}, ...keys), close);
}
