import { words } from "../helpers/phrases.js";
import { LivePart } from "./controller.js";
import { copyOf, setText } from "./dom.js";
import { Manuscript } from "./manuscript.js";

/** The sections side by side. They make room when the finished text begins, unless somebody is busy in them. */
export class DraftsController extends LivePart {
  #columns = [];
  #settled = false;
  #run = 0;

  connect() {
    this.listen(this.element.querySelector("summary"), "click", () => (this.#settled = true));
  }

  draw({ article, result }) {
    const { sections } = article;
    this.element.hidden = !article.stage("content").parts.length || Boolean(article.rewriting);
    if (article.run !== this.#run && !article.end && !result) this.#unfold(article.run);
    while (this.#columns.length > sections.length) this.#columns.pop().remove();
    sections.forEach(({ title }, i) => {
      this.#columns[i] ??= new Column(this.element.querySelector(".columns"), i + 1);
      this.#columns[i].draw(article, title);
    });
    for (const column of this.#columns) column.follow(); // after all are drawn: one layout, not one for each
    this.#total(article);
    if (article.text("style", null).value) this.#makeRoom();
  }

  #unfold(run) {
    this.#run = run;
    this.#settled = false;
    this.element.open = true;
  }

  #total(article) {
    const total = article.sections.reduce((sum, _, i) => sum + article.text("content", i + 1).words, 0);
    setText(this.element.querySelector(".drafts__words"), total ? words(total) : "");
  }

  #makeRoom() {
    if (this.#settled) return;
    this.#settled = true;
    const selection = getSelection();
    const busy = !selection.isCollapsed && this.element.contains(selection.anchorNode);
    this.element.open = busy || this.element.contains(document.activeElement);
  }
}

const SLACK = 24;

/** One section, as it is written; its end stays in sight unless somebody has scrolled away from it. */
class Column {
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
    setText(heading, title);
    setText(count, `${this.#number} · ${words(text.words)}`);
    if (this.#scroll.ariaLabel !== title) this.#scroll.ariaLabel = title;
    this.#manuscript.draw(text, { writing: status === "started", sources: article.sources });
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
