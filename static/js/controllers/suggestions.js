import { phrase } from "../helpers/say.js";
import { someTopics } from "../helpers/topics.js";
import { make } from "./dom.js";

const SHOWN = 4;

/** Topics to begin with; others when they are asked for. */
export class Suggestions {
  #element;

  constructor(element) {
    this.#element = element;
  }

  draw() {
    const shown = [...this.#element.querySelectorAll("[data-topic]")].map(({ textContent }) => textContent);
    const more = make("button", { type: "button", class: "button button--quiet", "data-more": "" }, phrase("compose.other_ideas"));
    this.#element.replaceChildren(...someTopics(SHOWN, shown).map(suggestion), more);
  }

  change() {
    this.draw();
    this.#element.lastElementChild.focus();
  }
}

const suggestion = (topic) => make("button", { type: "button", class: "suggestion", "data-topic": "" }, topic);
