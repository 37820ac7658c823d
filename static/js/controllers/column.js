import { words } from "../helpers/phrases.js";
import { copyOf, setText } from "./dom.js";
import { Manuscript } from "./manuscript.js";

const SLACK = 24;
const AWAY = 1000; // what nobody sees is drawn so often only

/** One section, as it is written; its end stays in sight unless somebody has scrolled away from it. */
export class Column {
  #number;
  #element;
  #scroll;
  #text;
  #manuscript;
  #shown = null; // the text that is drawn
  #atEnd = true;
  #drawn = 0;
  #grown = false;
  #hidden = 0; // blocks that the edited text has replaced
  #seen = true; // or about to be
  #due = 0;

  constructor(parent, number) {
    this.#number = number;
    this.#element = copyOf("column").firstElementChild;
    this.#scroll = this.#element.querySelector(".column__scroll");
    this.#text = this.#element.querySelector(".manuscript");
    this.#manuscript = new Manuscript(this.#text);
    this.#scroll.addEventListener("scroll", () => this.#moved(), { passive: true });
    new IntersectionObserver((looks) => (this.#seen = looks.at(-1).isIntersecting), { rootMargin: "25%" }).observe(this.#element);
    parent.append(this.#element);
  }

  /** `done`: how far the edited text has come, if it is shown above. */
  draw(article, title, done) {
    const [count, heading] = this.#element.children;
    setText(heading, title);
    const status = article.stage("content").statusOf(this.#number);
    if (status === "started" && !done && !this.#isDue()) return;
    const draft = article.text("content", this.#number);
    const edited = article.text("style", this.#number);
    const text = done && edited.value ? edited : draft;
    this.#element.dataset.status = status;
    setText(count, `${this.#number} · ${words(draft.words, article.language)}`);
    if (this.#scroll.ariaLabel !== title) this.#scroll.ariaLabel = title;
    if (this.#shown && this.#shown !== text) this.#manuscript = new Manuscript(this.#text, { empty: true });
    this.#shown = text;
    this.#manuscript.draw(text, { writing: status === "started" && !done, sources: article.sources });
    this.#replace(done, text === edited);
    this.#grown = text.value.length !== this.#drawn;
    this.#drawn = text.value.length;
  }

  #isDue() {
    const now = performance.now();
    if (!this.#seen && now < this.#due) return false;
    this.#due = now + AWAY * (1 + this.#number / 10); // not all in the same frame
    return true;
  }

  follow() {
    if (this.#grown && this.#atEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#grown = false;
  }

  remove() {
    this.#element.remove();
  }

  #moved() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroll;
    this.#atEnd = scrollTop + clientHeight >= scrollHeight - SLACK;
    this.#scroll.toggleAttribute("data-moved", scrollTop > 0);
  }

  /** What the edited text has reached goes, block by block: there is one text, not two. */
  #replace(done, edited) {
    const reached = this.#number === done?.sections;
    this.#element.toggleAttribute("data-edited", edited);
    this.#element.toggleAttribute("data-replaced", this.#number < done?.sections);
    this.#element.children[1].toggleAttribute("data-replaced", reached);
    const hidden = reached ? done.blocks : 0;
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    for (const [i, block] of [...this.#text.children].entries()) block.toggleAttribute("data-replaced", i < hidden);
  }
}
