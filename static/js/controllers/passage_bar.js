import { phrase } from "../helpers/say.js";
import { server } from "../models/server.js";
import { make, setText } from "./dom.js";
import { toneName } from "./picks.js";

const ROOM = 8; // between the bar and the words
const STRIP = 64; // what stays in sight at the top
const ACTIONS = ["rewrite", "shorten", "expand", "tone", "fix"];

const button = (text, does, primary = false) =>
  make("button", { type: "button", class: `button${primary ? " button--primary" : ""}`, ...does }, text);
const quit = (text) => button(text, { "data-refuse": "" });

const FACES = {
  actions: () => ACTIONS.map((action) => button(phrase(`passage.${action}`), { "data-action": action })),
  tones: () => [
    ...server.tones.map((tone) => button(toneName(tone), { "data-tone": tone })),
    button(phrase("passage.back"), { "data-back": "" }),
  ],
  wrong: () => [],
  working: () => [make("span", { class: "passage__count" }), button(phrase("passage.stop"), { "data-stop": "" })],
  decide: () => [button(phrase("passage.accept"), { "data-accept": "" }, true), quit(phrase("passage.refuse")), button(phrase("word.try_again"), { "data-again": "" })],
  saving: () => [],
  failed: () => [button(phrase("word.try_again"), { "data-again": "" }), quit(phrase("word.close"))],
  over: () => [quit(phrase("word.close"))],
};

/** The bar itself: one of its faces, at the words that it is about. */
export class PassageBar {
  element;
  face = "";
  #words = () => null;
  #above = false; // them, even if a finger has selected them

  constructor(element) {
    this.element = element;
  }

  get focused() {
    return this.element.contains(document.activeElement);
  }

  hide() {
    this.face = "";
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /** `words()` is where the words are on the screen, if they are; `said` is what there is to say. */
  show(face, { words, said = "", focus = false, above = false }) {
    this.#words = words;
    const focused = this.focused;
    this.face = face;
    this.element.hidden = false;
    this.#above = above;
    const line = make("p", { class: "passage__said", role: "status" });
    this.element.replaceChildren(line, ...FACES[face]());
    setText(line, said); // after it is there, so that it is announced
    line.hidden = !said;
    this.place();
    if (focus || focused) this.focus();
  }

  count(said) {
    setText(this.element.querySelector(".passage__count"), said);
    this.place();
  }

  focus() {
    this.element.querySelector("button")?.focus({ preventScroll: true });
  }

  /** Above the words, or under them if there is no room, or if the menu of a finger that selects is there. */
  place() {
    const words = this.element.hidden ? null : this.#words();
    if (!words) return; // or they are not shown any more
    const { width, height } = this.element.getBoundingClientRect();
    const above = words.top - height - ROOM;
    const finger = matchMedia("(pointer: coarse)").matches && !this.#above;
    const below = finger || above < STRIP;
    const top = Math.max(STRIP, Math.min(below ? words.bottom + ROOM : above, innerHeight - height - ROOM));
    const middle = (words.left + words.right - width) / 2;
    const left = Math.max(ROOM, Math.min(middle, document.body.clientWidth - width - ROOM));
    this.element.style.translate = `${Math.round(left)}px ${Math.round(top + scrollY)}px`;
  }
}
