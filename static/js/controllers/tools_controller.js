import { exportUrl, libraryPage, remove } from "../api.js";
import { server } from "../models/server.js";
import { LivePart } from "./controller.js";
import { Deletion } from "./deletion.js";
import { copied, make, setTextBriefly } from "./dom.js";

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
    menu.querySelector("ul").replaceChildren(...server.formats.map(download));
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
    setTextBriefly(button, await copied(this.viewing.result.content), "Copy");
  }
}

const download = ({ name, label }) => make("li", {}, make("a", { "data-format": name, download: "" }, label));

/** Deletes the article of this page, after a while in which that can be undone. */
export class RemovalController extends LivePart {
  #deletion = new Deletion(this.element, remove, (_, how) => this.#deletionChanged(how));

  connect() {
    this.listen(document, "article:delete", () => this.#begin());
    this.#deletion.connect(this);
  }

  draw() {}

  #begin() {
    const { id, result, article } = this.viewing;
    if (!this.#deletion.has(id)) this.#deletion.begin(id, result?.title || article.topic).focus();
  }

  #deletionChanged(how) {
    document.querySelector("[data-controller=live]").toggleAttribute("data-removing", how === "begun");
    if (how === "undone") document.querySelector("[data-do=delete]").focus();
    if (how === "done") location.replace(libraryPage);
  }
}
