import { make } from "./dom.js";
import { LivePart } from "./live_part.js";

/** The article's sections, to go to. */
export class ContentsController extends LivePart {
  connect() {
    this.listen(document, "article:rendered", ({ target }) => this.#list(target));
  }

  draw({ result, mode }) {
    this.element.hidden = !result || mode !== "read" || !this.element.querySelector("li");
  }

  #list(article) {
    const headings = [...article.querySelectorAll("h2[id]")];
    this.element.querySelector("ol").replaceChildren(...headings.map(item));
    this.draw(this.viewing);
  }
}

const item = ({ id, textContent }) => make("li", {}, make("a", { href: `#${id}`, dir: "auto" }, textContent));
