import { counted } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { copyOf } from "./dom.js";

const EDGE = 64; // pixels of the screen in which what is dragged scrolls the page
const ARROWS = { ArrowUp: -1, ArrowDown: 1 };

/** The sections of an outline as rows to be moved, by the pointer or by keys. */
export class OutlineRows {
  #list;
  #announce;

  constructor(list, announce) {
    this.#list = list;
    this.#announce = announce;
  }

  connect(owner) {
    owner.listen(this.#list, "click", ({ target }) => this.#clicked(target, target.closest(".outline-row")));
    owner.listen(this.#list, "keydown", (event) => {
      if (event.altKey && ARROWS[event.key]) this.#move(event.target.closest(".outline-row"), ARROWS[event.key], event);
    });
    owner.listen(this.#list, "pointerdown", (event) => event.target.matches(".outline-row__grip") && this.#drag(event));
  }

  show(sections) {
    this.#list.replaceChildren(...sections.map(row));
    this.#changed();
  }

  add() {
    this.#list.append(row({ title: "", covers: "", leaves: "" }));
    this.#list.lastElementChild.querySelector("input").focus();
    this.#changed();
  }

  get count() {
    return this.#list.children.length;
  }

  get sections() {
    return [...this.#list.children].map((element) => ({
      title: element.querySelector("input").value,
      covers: element.querySelector("textarea").value,
      leaves: element.dataset.leaves,
    }));
  }

  /** Where an objection to `sections.2.title` belongs. */
  placeOf(field = "") {
    const [name, number, what] = field.split(".");
    const element = name === "sections" && this.#list.children[number];
    if (!element) return null;
    const input = element.querySelector(what === "covers" ? "textarea" : "input");
    return { input, error: element.querySelector(".field-error") };
  }

  #clicked(button, element) {
    if (button.dataset.move) this.#move(element, Number(button.dataset.move));
    if ("remove" in button.dataset) this.#remove(element);
  }

  #move(element, by, event) {
    event?.preventDefault();
    const other = by < 0 ? element.previousElementSibling : element.nextElementSibling;
    if (other) swap(element, other);
    this.#changed();
    if (document.activeElement.disabled) element.querySelector("[data-move]:enabled").focus();
    this.#announcePlace(element);
  }

  #remove(element) {
    const next = element.nextElementSibling ?? element.previousElementSibling;
    element.remove();
    next?.querySelector("input").focus();
    this.#changed();
    this.#announce(counted("review.left", this.#list.children.length));
  }

  #drag({ target, pointerId, clientY }) {
    const element = target.closest(".outline-row");
    let y = clientY;
    const place = () => {
      for (let other; (other = overtaken(element, y)); ) swap(element, other);
    };
    const over = () => {
      scrollBy(0, beyond(y));
      place();
      frame = requestAnimationFrame(over); // also while the pointer rests at the edge
    };
    let frame = requestAnimationFrame(over);
    const moved = (event) => (y = event.clientY);
    target.setPointerCapture(pointerId);
    element.toggleAttribute("data-dragged", true);
    target.addEventListener("pointermove", moved);
    target.addEventListener(
      "lostpointercapture",
      () => {
        cancelAnimationFrame(frame);
        place();
        target.removeEventListener("pointermove", moved);
        element.removeAttribute("data-dragged");
        this.#changed();
        this.#announcePlace(element);
      },
      { once: true },
    );
  }

  #announcePlace(element) {
    const place = [...this.#list.children].indexOf(element) + 1;
    this.#announce(phrase("review.moved", { title: element.querySelector("input").value, place, count: this.count }));
  }

  #changed() {
    for (const element of this.#list.children) {
      const [up, down, remove] = element.querySelectorAll(".outline-row__moves button");
      up.disabled = !element.previousElementSibling;
      down.disabled = !element.nextElementSibling;
      remove.disabled = this.count === 1;
    }
    this.#list.dispatchEvent(new CustomEvent("plan:changed"));
  }
}

function row({ title, covers, leaves }) {
  const element = copyOf("outline-row").firstElementChild;
  element.querySelector("input").value = title;
  element.querySelector("textarea").value = covers;
  element.dataset.leaves = leaves;
  return element;
}

/** How far to scroll in a frame: the faster, the nearer the pointer is to the edge of the screen. */
function beyond(y) {
  const over = Math.max(EDGE - y, 0) || Math.min(innerHeight - EDGE - y, 0);
  return -Math.max(-EDGE, Math.min(EDGE, over)) / 4;
}

/** The neighbour whose place the pointer has reached, so that rows of different heights don't change places forever. */
function overtaken(element, y) {
  const { previousElementSibling: before, nextElementSibling: after, offsetHeight: height } = element;
  const [above, below] = [before, after].map((row) => row?.getBoundingClientRect());
  if (above && y < Math.min(above.top + height, above.bottom)) return before;
  return below && y > Math.max(below.bottom - height, below.top) ? after : null;
}

/** It is the other one that is taken out of the page and put back: the one in hand keeps focus and pointer. */
function swap(element, other) {
  const follows = element.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  element[follows ? "before" : "after"](other);
}
