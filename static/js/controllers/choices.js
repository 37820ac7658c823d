/** Chips, each of which opens its choice beneath them; one at a time. */
export class Choices {
  #form;

  constructor(form) {
    this.#form = form;
  }

  connect(owner) {
    for (const chip of this.#chips) {
      chip.setAttribute("aria-expanded", "false");
      chip.setAttribute("aria-controls", this.#choiceOf(chip).id);
    }
    owner.listen(this.#form, "click", (event) => this.#clicked(event));
    owner.listen(this.#form, "keydown", (event) => event.key === "Escape" && !event.defaultPrevented && this.leave());
  }

  /** What is chosen, on the chip itself. */
  show(name, value, { chosen = Boolean(value) } = {}) {
    const chip = this.#chip(name);
    chip.querySelector(".chip__value").textContent = value;
    chip.toggleAttribute("data-chosen", chosen);
  }

  open(name) {
    for (const chip of this.#chips) {
      chip.ariaExpanded = chip.dataset.opens === name;
      this.#choiceOf(chip).hidden = chip.dataset.opens !== name;
    }
  }

  /** The choice that a field stands in, so that an objection to it can be seen. */
  openFor(element) {
    const choice = element?.closest("[data-choice]");
    if (choice) this.open(choice.dataset.choice);
  }

  get #chips() {
    return [...this.#form.querySelectorAll("[data-opens]")];
  }

  #chip(name) {
    return this.#form.querySelector(`[data-opens="${name}"]`);
  }

  #choiceOf(chip) {
    return this.#form.querySelector(`[data-choice="${chip.dataset.opens}"]`);
  }

  #clicked({ target, detail }) {
    const chip = target.closest("[data-opens]");
    if (chip?.ariaExpanded === "true") return this.open(null);
    if (chip) return this.#enter(chip);
    // With the pointer, to choose is to be done; by keyboard one passes over the others.
    if (detail && target.closest(".pick")?.control) this.leave();
  }

  #enter(chip) {
    this.open(chip.dataset.opens);
    const choice = this.#choiceOf(chip);
    const first = (selector) => choice.querySelector(selector);
    (first("input[type=search]") ?? first(":checked") ?? first("input, button") ?? choice).focus();
  }

  leave() {
    const chip = this.#chips.find(({ ariaExpanded }) => ariaExpanded === "true");
    this.open(null);
    chip?.focus();
  }
}
