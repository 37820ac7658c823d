import { build } from "../helpers/build.js";
import { headed } from "../helpers/headed.js";
import { say } from "./controller.js";

const MARKS = { same: "span", removed: "del", added: "ins" };

const marked = ({ kind, text }) => build(MARKS[kind], {}, text);

/** A proposed change to one section, word by word, and the button that stores it. */
export class ProposalView {
  element = build("section", { class: "proposal", hidden: "" });
  #id = null;
  #state = build("p", { class: "proposal__state" });
  #accept = build("button", { class: "button", type: "button" }, "Use this text");

  draw(proposal, { applying, refused }) {
    this.element.hidden = !proposal;
    if (!proposal) return;
    if (proposal.id !== this.#id) this.#build(proposal);
    const wrong = refused?.proposal === proposal.id ? `Not changed: ${refused.message}.` : "";
    this.#accept.hidden = Boolean(proposal.applied);
    this.#accept.disabled = applying === proposal.id;
    say(this.#state, proposal.applied ? `Stored as version ${proposal.applied} of the article.` : wrong);
    this.element.toggleAttribute("data-wrong", Boolean(wrong));
  }

  #build({ id, section, base, difference }) {
    this.#id = id;
    this.#accept.dataset.accept = id;
    const label = `Proposed for section ${section} of version ${base}`;
    const { heading, body } = headed(difference);
    this.element.ariaLabel = label;
    this.element.replaceChildren(
      build("h3", { class: "proposal__title" }, label),
      build("h4", { class: "proposal__heading", dir: "auto" }, ...heading.map(marked)),
      build("div", { class: "proposal__text", dir: "auto" }, ...body.map(marked)),
      build("div", { class: "proposal__decision" }, this.#accept, this.#state),
    );
  }
}
