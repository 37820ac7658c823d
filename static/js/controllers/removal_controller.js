import { libraryPage } from "../api.js";
import { Removals } from "../models/removals.js";
import { LivePart } from "./live_part.js";
import { Toast } from "./toast.js";

/** Deletes the article of this page, after a while in which that can be undone. */
export class RemovalController extends LivePart {
  #removals = new Removals((removal, how) => this.#told(how));
  #toast = new Toast(this.element, this.#removals);

  connect() {
    this.listen(document, "article:delete", () => this.#begin());
    this.listen(window, "pagehide", () => this.#removals.flush());
  }

  draw() {}

  #begin() {
    const { id, result, article } = this.viewing;
    if (this.#removals.has(id)) return;
    this.#removals.begin(id, result?.title || article.topic);
    this.element.querySelector("button").focus();
  }

  #told(how) {
    document.querySelector("[data-controller=live]").toggleAttribute("data-removing", how === "begun");
    this.#toast.draw();
    if (how === "undone") document.querySelector("[data-do=delete]").focus();
    if (how === "done") location.replace(libraryPage);
  }
}
