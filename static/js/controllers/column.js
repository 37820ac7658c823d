import { words } from "../helpers/phrases.js";
import { copyOf, say } from "./dom.js";
import { Manuscript } from "./manuscript.js";

const SLACK = 24;

/** One section, as it is written; its end stays in sight unless somebody has scrolled away from it. */
export class Column {
  #number;
  #element;
  #scroll;
  #manuscript;
  #atEnd = true;
  #drawn = 0;
  #grown = false;

  constructor(parent, number) {
    this.#number = number;
    this.#element = copyOf("column").firstElementChild;
    this.#scroll = this.#element.querySelector(".column__scroll");
    this.#manuscript = new Manuscript(this.#element.querySelector(".manuscript"));
    this.#scroll.addEventListener(
      "scroll",
      () => {
        const { scrollTop, clientHeight, scrollHeight } = this.#scroll;
        this.#atEnd = scrollTop + clientHeight >= scrollHeight - SLACK;
      },
      { passive: true },
    );
    parent.append(this.#element);
  }

  draw(article, title) {
    const status = article.stage("content").statusOf(this.#number);
    const text = article.text("content", this.#number);
    const [count, heading] = this.#element.children;
    this.#element.dataset.status = status;
    say(heading, title);
    say(count, `${this.#number} · ${words(text.words)}`);
    if (this.#scroll.ariaLabel !== title) this.#scroll.ariaLabel = title;
    this.#manuscript.draw(text, { writing: status === "started" });
    this.#grown = text.value.length !== this.#drawn;
    this.#drawn = text.value.length;
  }

  follow() {
    if (this.#grown && this.#atEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#grown = false;
  }

  remove() {
    this.#element.remove();
  }
}
