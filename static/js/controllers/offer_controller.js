import { phrase } from "../helpers/say.js";
import { when } from "../helpers/phrases.js";
import { forgetUnsaved, unsaved } from "../models/unsaved.js";
import { LivePart } from "./controller.js";
import { make } from "./dom.js";

/** What was written in this browser and is not stored: offered to be written on, whatever came in between. */
export class OfferController extends LivePart {
  #looked = null; // at which result, and how
  #draft = null;

  connect() {
    this.listen(this.element, "click", ({ target }) => {
      if (target.dataset.do === "continue") this.viewing.resumeWriting(this.#draft);
      if (target.dataset.do === "discard") this.#discard();
    });
  }

  draw({ id, mode, result, changeable }) {
    const offers = mode === "read" && changeable;
    if (offers && this.#looked !== result) this.#look(id, result);
    if (!offers) this.#looked = null; // what is written now is looked at afterwards
    this.element.hidden = !offers || !this.#draft;
  }

  #look(id, result) {
    this.#looked = result;
    this.#draft = unsaved(id);
    if (!this.#draft) return;
    const { title, content, at, tab } = this.#draft;
    if (title === result.title && content === result.content) {
      forgetUnsaved(id, tab);
      return this.#look(id, result);
    }
    this.element.replaceChildren(
      make("p", {}, phrase("offer.kept", { when: when(at) })),
      make("button", { type: "button", class: "button button--primary", "data-do": "continue" }, phrase("offer.continue")),
      make("button", { type: "button", class: "button", "data-do": "discard" }, phrase("offer.discard")),
    );
  }

  #discard() {
    forgetUnsaved(this.viewing.id, this.#draft.tab);
    this.#looked = null;
    this.draw(this.viewing);
  }
}
