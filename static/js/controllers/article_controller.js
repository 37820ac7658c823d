import { keepPlace } from "./follow.js";
import { annotate } from "./annotate.js";
import { LivePart } from "./live_part.js";
import { Manuscript } from "./manuscript.js";
import { showRendered } from "./rendered.js";
import { Rewriting } from "./rewriting.js";

/** The article itself: as it is styled, and once it is stored as the server renders it. */
export class ArticleController extends LivePart {
  #manuscript = new Manuscript(this.element);
  #rewriting = new Rewriting(this.element, this.viewing);
  #rendered = null; // the result that is shown, or about to be

  connect() {
    this.listen(this.element, "click", ({ target }) => this.#rewriting.clicked(target));
  }

  draw({ article, result, mode }) {
    const text = article.text("style", null);
    const finished = result?.content ? result : null;
    this.element.hidden = mode !== "read" || !(finished ?? text.value);
    if (finished && finished === this.#rendered) return this.#rewriting.draw(article);
    if (finished) return this.#render(finished);
    if (this.#rendered) this.#manuscript = new Manuscript(this.element, { empty: true });
    this.#rendered = null;
    this.#manuscript.draw(text, { writing: !article.end && Boolean(text.value) });
  }

  async #render(result) {
    if (!this.#rendered) this.#manuscript.draw(this.viewing.article.text("style", null), { writing: false });
    this.#rendered = result;
    const shown = document.createElement("div");
    if (!(await showRendered(shown, result.content)) || this.#rendered !== result) return;
    annotate(shown, result);
    keepPlace(this.element, () => this.element.replaceChildren(...shown.childNodes));
    this.element.dispatchEvent(new CustomEvent("article:rendered", { bubbles: true }));
  }
}
