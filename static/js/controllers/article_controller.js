import { preview } from "../api.js";
import { showRendered } from "../helpers/rendered.js";
import { Controller } from "./controller.js";
import { Manuscript } from "./manuscript.js";

/** The article itself: as it is styled, and at its end as the server renders it. */
export class ArticleController extends Controller {
  #manuscript = new Manuscript(this.element);
  #rendered = null;

  draw({ article }) {
    const { end } = article;
    const text = article.text("style", null);
    this.element.hidden = !text.value;
    if (end && end === this.#rendered) return;
    this.#manuscript.draw(text, { writing: !end && Boolean(text.value) });
    this.#rendered = end;
    if (end && text.value) this.#render(text);
  }

  async #render({ value }) {
    const answer = await preview(value).catch(() => null); // then it stays as it was written
    if (answer) showRendered(this.element, answer.html);
  }
}
