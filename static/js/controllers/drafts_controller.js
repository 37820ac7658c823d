import { words } from "../helpers/phrases.js";
import { LivePart } from "./controller.js";
import { Column } from "./column.js";
import { setText } from "./dom.js";

const BUDGET = 1; // milliseconds of a frame, without the layout that follows
const EDITING = 4; // the same while the drafts stand under the edited text
const GAP = 16; // between the edited text and what is not edited yet
const NEXT = ".column:not([data-replaced]) :is(.column__title, .column__text > *):not([data-replaced])";
const OVER = matchMedia("(width >= 40rem)"); // where the edited text is laid over the draft

const topOf = (element) => element.getBoundingClientRect().top;

/** Whether somebody marks words of the drafts, or moves through them by keyboard while they are written. */
export function inHand(drafts, ended) {
  const selection = getSelection();
  if (!selection.isCollapsed && drafts.contains(selection.anchorNode)) return true;
  return !ended && drafts.contains(document.activeElement) && document.activeElement.matches(":focus-visible");
}

/**
 * The sections: side by side while they are drafted; as one text under the edited one, which takes the place of one
 * after the other; and folded away when that is done.
 */
export class DraftsController extends LivePart {
  #columns = [];
  #container = this.element.querySelector(".columns");
  #article = document.querySelector(".manuscript.article");
  #ended = null;
  #turn = -1; // the column that was drawn last
  #begun = null; // sections that the edited text had begun when the draft was moved last
  #shift = 0;

  draw({ article, result, mode, held }) {
    const { sections } = article;
    const drafted = article.stage("content").parts.length > 0;
    this.element.hidden = !drafted || Boolean(article.rewriting) || mode !== "read";
    const merged = !article.end && !held && Boolean(article.text("style", null).value);
    this.element.toggleAttribute("data-merged", merged);
    this.#fold(Boolean(article.end) && Boolean(result?.content) && !held);
    if (this.#container.dataset.count !== `${sections.length}`) this.#container.dataset.count = sections.length;
    while (this.#columns.length > sections.length) this.#columns.pop().remove();
    const done = merged ? this.#done() : null;
    const all = Boolean(article.end) || this.#columns.length < sections.length;
    for (let i = this.#columns.length; i < sections.length; i++) this.#columns.push(new Column(this.#container, i + 1));
    this.#drawColumns(article, done, all ? Infinity : performance.now() + (done ? EDITING : BUDGET));
    this.#settle(OVER.matches && done);
    this.#total(article);
  }

  /** One after the other as far as there is time; on a slow device, what is left has its turn in the next frame. */
  #drawColumns(article, done, until) {
    const draw = (i) => this.#columns[i]?.draw(article, article.sections[i].title, done);
    if (done) [done.sections - 2, done.sections - 1].forEach(draw); // at once: the edited text is laid over them
    const drawn = [];
    for (let left = this.#columns.length; left && performance.now() < until; left--) {
      this.#turn = (this.#turn + 1) % this.#columns.length;
      draw(this.#turn);
      drawn.push(this.#columns[this.#turn]);
    }
    if (!done) for (const column of drawn) column.follow(); // after all are drawn: one layout serves them
  }

  /** What is not edited yet stays where it is, unless the edited text needs more room. A heading finds its own anew. */
  #settle(done) {
    const next = done && this.#container.querySelector(NEXT);
    if (!next) {
      this.#begun = null;
      return this.element.style.removeProperty("translate");
    }
    const natural = (block) => topOf(block) - topOf(this.element);
    const reached = this.#container.children[Math.max(0, done.sections - 1)];
    if (reached && done.sections !== this.#begun) this.#shift = done.top - natural(reached.querySelector(".column__title"));
    this.#begun = done.sections;
    if (this.#article.children.length > 1) this.#shift = Math.max(this.#shift, this.#article.offsetHeight + GAP - natural(next));
    this.element.style.translate = `0 ${Math.round(this.#shift)}px`;
  }

  /** Once, when it has ended: what somebody opens later stays open. */
  #fold(ended) {
    if (ended === this.#ended) return;
    this.#ended = ended;
    this.element.open = !ended;
  }

  /** How many sections the edited text has begun, where the last of them begins, and how many blocks it has. */
  #done() {
    const blocks = [...this.#article.children];
    const last = blocks.findLastIndex(({ localName }) => localName === "h2");
    return {
      sections: blocks.filter(({ localName }) => localName === "h2").length,
      top: last < 0 ? 0 : topOf(blocks[last]) - topOf(this.#article),
      blocks: last < 0 ? 0 : blocks.length - last - 1,
    };
  }

  #total(article) {
    const total = article.sections.reduce((sum, _, i) => sum + article.text("content", i + 1).words, 0);
    setText(this.element.querySelector(".drafts__words"), total ? words(total, article.language) : "");
  }
}
