import { exportUrl } from "../api.js";
import { copied, sayForAMoment } from "./dom.js";
import { LivePart } from "./live_part.js";

/** What can be done with an article that has ended. */
export class ToolsController extends LivePart {
  #does = {
    edit: () => this.#enter("edit"),
    versions: () => this.#enter("versions"),
    copy: (button) => this.#copy(button),
    delete: () => this.element.dispatchEvent(new CustomEvent("article:delete", { bubbles: true })),
  };

  connect() {
    this.listen(this.element, "click", ({ target }) => this.#does[target.dataset.do]?.(target));
    const menu = this.element.querySelector(".menu");
    this.listen(
      document,
      "click",
      ({ target }) => (menu.contains(target) && !target.matches("a")) || (menu.open = false),
    );
    this.listen(
      menu,
      "keydown",
      ({ key }) => key === "Escape" && ((menu.open = false), menu.firstElementChild.focus()),
    );
  }

  draw({ article, result, mode, id }) {
    this.element.hidden = !article.end;
    const text = Boolean(result?.content);
    const changeable = text && result.status !== "failed";
    for (const button of this.element.querySelectorAll("[data-do]")) {
      const { do: name } = button.dataset;
      button.hidden =
        (name === "copy" && (!text || !navigator.clipboard)) || (/edit|versions/.test(name) && !changeable);
      if (button.ariaPressed) button.ariaPressed = mode === name;
    }
    this.element.querySelector(".menu").hidden = !text;
    for (const link of this.element.querySelectorAll("[data-format]")) link.href = exportUrl(id, link.dataset.format);
  }

  #enter(mode) {
    this.viewing.enter(this.viewing.mode === mode ? "read" : mode);
  }

  /** As Markdown: exactly what is stored. */
  async #copy(button) {
    sayForAMoment(button, await copied(this.viewing.result.content), "Copy text");
  }
}
