import { limitKey, makeKey } from "../api.js";
import { phrase } from "../helpers/say.js";
import { copied, setText, setTextBriefly } from "./dom.js";
import { clearErrors, showErrors } from "./field_errors.js";

const NUMBERS = ["days", "tokens_per_month", "cost_per_month", "articles_at_once"];
const LIMITS = ["rate", "tokens_per_month", "cost_per_month", "articles_at_once"];

/** Asks what a new key should be, and makes it; or what the limits of a key should be, and sets them. */
export class KeyDialog {
  #dialog;
  #made;
  #limited;
  #key = null; // the one whose limits are asked for
  #asked = 0; // how often

  /** `made(key)` and `limited(key)` are told of the key. */
  constructor(dialog, made, limited) {
    this.#dialog = dialog;
    this.#made = made;
    this.#limited = limited;
  }

  get #form() {
    return this.#dialog.querySelector("form");
  }

  connect(owner) {
    owner.listen(this.#form, "submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    owner.listen(this.#form, "input", ({ target }) => clearErrors(this.#form, target));
    owner.listen(this.#dialog.querySelector("[data-part=cancel]"), "click", () => this.#dialog.close());
  }

  make() {
    this.#open(null, phrase("keys.make"), phrase("keys.make"));
  }

  limit(key) {
    this.#open(key, phrase("keys.limits_of", { name: key.name }), phrase("word.save"));
  }

  #open(key, title, does) {
    this.#key = key;
    this.#asked += 1;
    this.#button.disabled = false;
    this.#form.reset();
    clearErrors(this.#form);
    setText(this.#rest, "");
    setText(this.#dialog.querySelector("h2"), title);
    setText(this.#button, does);
    const who = this.#form.querySelector("[data-part=who]");
    who.hidden = who.disabled = Boolean(key); // what is disabled is not sent
    const limits = this.#form.querySelector("details");
    limits.open = limits.firstElementChild.hidden = Boolean(key);
    for (const name of LIMITS) this.#form.elements[name].value = key?.[name] ?? "";
    this.#dialog.showModal();
    this.#form.elements[key ? "rate" : "name"].focus();
  }

  get #button() {
    return this.#form.querySelector(".button--primary");
  }

  get #rest() {
    return this.#form.querySelector("[data-part=rest]");
  }

  /** Somebody may be asked something else before the answer comes. */
  async #send() {
    const [asked, limited] = [this.#asked, this.#key];
    const current = () => asked === this.#asked;
    this.#button.disabled = true;
    try {
      const wanted = filled(new FormData(this.#form));
      const key = await (limited ? limitKey(limited.id, { ...NO_LIMITS, ...wanted }) : makeKey(wanted));
      if (current()) this.#dialog.close();
      (limited ? this.#limited : this.#made)(key);
    } catch (problem) {
      const shows = (field) => field.closest("details")?.setAttribute("open", "");
      if (current()) showErrors(this.#form, problem, { rest: this.#rest, shows });
    } finally {
      if (current()) this.#button.disabled = false;
    }
  }
}

const NO_LIMITS = Object.fromEntries(LIMITS.map((name) => [name, null]));

/** What was filled in; what was left empty keeps to the server's own limits. What is no number the server refuses. */
const filled = (form) =>
  Object.fromEntries(
    [...form]
      .map(([name, value]) => [name, value.trim()])
      .filter(([name, value]) => value || name === "name")
      .map(([name, value]) => [name, NUMBERS.includes(name) && Number.isFinite(Number(value)) ? Number(value) : value]),
  );

/** Shows the texts of keys, one after the other: once, and each until somebody says that it is kept. */
export class KeyTextDialog {
  #dialog;
  #last = Promise.resolve();

  constructor(dialog) {
    this.#dialog = dialog;
  }

  get #text() {
    return this.#dialog.querySelector("[data-part=text]");
  }

  connect(owner) {
    // Not every browser knows `closedby`.
    owner.listen(document, "keydown", (event) => this.#dialog.open && event.key === "Escape" && event.preventDefault());
    owner.listen(this.#dialog, "close", () => (this.#text.value = ""));
    owner.listen(this.#text, "focus", () => this.#text.select());
    const copy = this.#dialog.querySelector("[data-part=copy]");
    owner.listen(copy, "click", async () => setTextBriefly(copy, await copied(this.#text.value), phrase("word.copy")));
  }

  /** Until it is kept. */
  open(key) {
    return (this.#last = this.#last.then(() => this.#show(key)));
  }

  #show({ name, key }) {
    setText(this.#dialog.querySelector("h2"), phrase("keys.made", { name }));
    this.#text.value = key;
    this.#dialog.showModal();
    this.#text.focus();
    return new Promise((kept) => this.#dialog.addEventListener("close", kept, { once: true }));
  }
}

/** Whether somebody is sure; what it will mean stands there. */
export class SureDialog {
  #dialog;

  constructor(dialog) {
    this.#dialog = dialog;
  }

  asked(what, name) {
    const button = this.#dialog.querySelector("[value=do]");
    setText(this.#dialog.querySelector("h2"), phrase(`keys.${what}_sure`, { name }));
    setText(this.#dialog.querySelector("p"), phrase(`keys.${what}_means`));
    setText(button, phrase(`keys.${what}`));
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
    return new Promise((resolve) => {
      this.#dialog.addEventListener("close", () => resolve(this.#dialog.returnValue === "do"), { once: true });
    });
  }
}
