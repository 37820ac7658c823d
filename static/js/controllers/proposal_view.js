import { headed } from "../helpers/headed.js";
import { marked } from "./difference.js";
import { make, say } from "./dom.js";

/** A proposed change to one section, word by word, and the button that stores it. */
export class ProposalView {
  element = make("section", { class: "proposal", hidden: "" });
  #id = null;
  #state = make("p", { class: "proposal__state" });
  #accept = make("button", { class: "button", type: "button" }, "Use this text");

  draw(proposal, { applying, refused }) {
    this.element.hidden = !proposal;
    if (!proposal) return;
    if (proposal.id !== this.#id) this.#make(proposal);
    const wrong = refused?.proposal === proposal.id ? `Not changed: ${refused.message}.` : "";
    this.#accept.hidden = Boolean(proposal.applied);
    this.#accept.disabled = applying === proposal.id;
    say(this.#state, proposal.applied ? `Stored as version ${proposal.applied} of the article.` : wrong);
    this.element.toggleAttribute("data-wrong", Boolean(wrong));
  }

  #make({ id, section, base, difference }) {
    this.#id = id;
    this.#accept.dataset.accept = id;
    const label = `Proposed for section ${section} of version ${base}`;
    const { heading, body } = headed(difference);
    this.element.ariaLabel = label;
    this.element.replaceChildren(
      make("h3", { class: "proposal__title" }, label),
      make("h4", { class: "proposal__heading", dir: "auto" }, ...marked(heading)),
      make("div", { class: "proposal__text", dir: "auto" }, ...marked(body)),
      make("div", { class: "proposal__decision" }, this.#accept, this.#state),
    );
  }
}
