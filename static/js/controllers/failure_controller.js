import { composePage } from "../api.js";
import { sentence } from "../helpers/phrases.js";
import { Controller } from "./controller.js";

/** What went wrong, in the server's words, and where to go from here. */
export class FailureController extends Controller {
  #shown = null;

  draw({ article, state }) {
    const failure = state === "missing" ? MISSING : article.end?.type === "error" ? article.end : null;
    if (failure === this.#shown) return;
    this.#shown = failure;
    this.element.replaceChildren(...(failure ? [paragraph(failure), link(article.topic)] : []));
  }
}

const MISSING = { message: "It may have been removed, or its address is incomplete." };

function paragraph({ message }) {
  const element = document.createElement("p");
  element.textContent = sentence(message) + (/[.!?。]$/.test(message) ? "" : ".");
  return element;
}

function link(topic) {
  const element = document.createElement("a");
  element.href = composePage(topic);
  element.textContent = topic ? "Start again with this topic" : "Write a new article";
  return element;
}
