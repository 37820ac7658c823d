import { phrase } from "../helpers/say.js";
import { may } from "../models/server.js";
import { Controller } from "./controller.js";
import { make } from "./dom.js";

const KEYS = ["help", "send", "new_line", "close", "move", "write", "save", "leave", "style", "change", "undo", "redo", "go", "select", "select_to", "delete"];
const READING = ["help", "close", "go", "select", "select_to"];
const MAC = /^Mac|^iP/.test(navigator.platform);
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
    this.#sheet.scrollTop = 0; // its button, which gets the focus, is at its end
  }
}

function sheet() {
  const keys = (may.write ? KEYS : READING).flatMap((name) => [
    make("dt", {}, make("kbd", {}, MAC ? phrase(`key.${name}`).replace(/Ctrl|Strg/, "⌘") : phrase(`key.${name}`))),
    make("dd", {}, phrase(`help.${name}`)),
  ]);
  const close = make("form", { method: "dialog" }, make("button", { class: "button" }, phrase("help.done")));
  const title = make("h2", { id: "help", class: "dialog__title" }, phrase("help.title"));
  return make("dialog", { class: "dialog help", "aria-labelledby": "help" }, title, make("dl", {}, ...keys), close);
}
