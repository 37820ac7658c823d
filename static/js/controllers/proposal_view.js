import { stopped } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { marked } from "./difference.js";
import { make, setText } from "./dom.js";

/** A proposed change to one section, word by word, and the button that stores it. */
export class ProposalView {
  element = make("section", { class: "proposal", hidden: "" });
  #id = null;
  #state = make("p", { class: "proposal__state", role: "status" });
  #accept = make("button", { class: "button", type: "button" }, phrase("chat.apply"));

  draw(proposal, { applying, refused }) {
    this.element.hidden = !proposal;
    if (!proposal) return;
    if (proposal.id !== this.#id) this.#make(proposal);
    const wrong = refused?.proposal === proposal.id ? phrase("chat.unchanged", { why: stopped(refused.message) }) : "";
    this.#accept.hidden = Boolean(proposal.applied);
    this.#accept.disabled = applying === proposal.id;
    setText(this.#state, proposal.applied ? phrase("word.version", { version: proposal.applied }) : wrong);
    this.element.toggleAttribute("data-wrong", Boolean(wrong));
  }

  #make({ id, section, base, difference }) {
    this.#id = id;
    this.#accept.dataset.accept = id;
    const label = phrase("chat.suggestion", { section, version: base });
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

/** The word-by-word difference of a section, parted into its heading, without the marks, and its body. */
function headed(difference) {
  const heading = [], body = [];
  const open = { removed: true, added: true }; // which of the two texts is still in its first line
  for (const { kind, text } of difference) {
    const inHeading = kind === "same" ? open.removed && open.added : open[kind];
    const end = inHeading ? text.search(/\n|$/) : 0;
    if (end) heading.push({ kind, text: heading.length ? text.slice(0, end) : text.slice(0, end).replace(/^#+\s*/, "") });
    if (!inHeading || end < text.length) {
      for (const side of kind === "same" ? ["removed", "added"] : [kind]) open[side] = false;
      const rest = body.length ? text.slice(end) : text.slice(end).trimStart();
      if (rest) body.push({ kind, text: rest });
    }
  }
  return { heading, body };
}
