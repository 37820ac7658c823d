import { words } from "../helpers/phrases.js";
import { say } from "./controller.js";
import { Manuscript } from "./manuscript.js";

/** One section, as it is written. */
export class Column {
  #number;
  #element;
  #manuscript;

  constructor(parent, number) {
    this.#number = number;
    this.#element = document.getElementById("column").content.firstElementChild.cloneNode(true);
    this.#manuscript = new Manuscript(this.#element.querySelector(".manuscript"));
    parent.append(this.#element);
  }

  draw(article, title) {
    const status = article.stage("content").statusOf(this.#number);
    const text = article.text("content", this.#number);
    const [count, heading] = this.#element.children;
    this.#element.dataset.status = status;
    say(heading, title);
    say(count, `${this.#number} · ${words(text.words)}`);
    this.#manuscript.draw(text, { writing: status === "started" });
  }

  remove() {
    this.#element.remove();
  }
}
