import { words } from "../helpers/phrases.js";
import { Column } from "./column.js";
import { say } from "./dom.js";
import { LivePart } from "./live_part.js";

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
    say(this.element.querySelector(".drafts__words"), total ? words(total) : "");
  }

  #makeRoom() {
    if (this.#settled) return;
    this.#settled = true;
    const selection = getSelection();
    const busy = !selection.isCollapsed && this.element.contains(selection.anchorNode);
    this.element.open = busy || this.element.contains(document.activeElement);
  }
}
