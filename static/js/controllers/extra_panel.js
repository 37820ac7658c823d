import { duration } from "../helpers/phrases.js";
import { Renewal } from "../models/renewal.js";
import { LivePart } from "./controller.js";
import { copyOf, setText } from "./dom.js";

/** A panel above the text for what goes with it; opened by the menu of the tools. */
export class ExtraPanel extends LivePart {
  /** The panel's name, the template of its content, and the stage by which the model makes it, if it does. */
  constructor(element, viewing, { name, stage = null }) {
    super(element, viewing);
    this.name = name;
    this.renewal = stage && new Renewal(viewing.id, stage, (problem) => this.#renewed(problem));
    this.stage = stage;
    this.shown = null; // the result that is shown
  }

  /** What is in it is made when it is first opened. */
  build() {
    this.element.replaceChildren(copyOf(this.name));
    this.listen(this.element, "keydown", (event) => event.key === "Escape" && this.#leave());
    this.listen(this.element, "click", ({ target }) => {
      if (target.dataset.part === "leave") this.#leave();
      if (target.dataset.part === "stop-renewal") this.#stop();
    });
    this.listen(this.element, "submit", (event) => event.preventDefault());
    this.every(1000, () => this.renewal?.running && this.#tell());
  }

  disconnect() {
    super.disconnect();
    this.renewal?.leave();
  }

  draw({ panel, mode, article, result }) {
    const open = panel === this.name && mode === "read" && Boolean(article.end && result?.content);
    const opens = open && this.element.hidden;
    this.element.hidden = !open;
    if (!open) return;
    if (!this.element.firstChild) this.build();
    if (result !== this.shown) this.#show(result);
    this.#tell();
    if (!opens) return;
    this.#enter();
    this.opened();
  }

  #show(result) {
    if (result.renewing?.includes(this.stage)) this.renewal.watch();
    this.show(result, this.shown);
    this.shown = result;
  }

  /** Puts a result into the fields. `before` is the one that was shown. */
  show() {}

  /** Somebody looks at it from now on. */
  opened() {}

  /** Has the model make it. */
  async renew(wanted, error) {
    this.clear();
    try {
      await this.renewal.begin(wanted);
      this.#tell();
      this.part("stop-renewal").focus();
    } catch (problem) {
      this.refuse(error, problem);
    }
  }

  /** What was objected to is over, since something else is done. */
  clear() {
    for (const field of this.element.querySelectorAll("[aria-invalid=true]")) field.ariaInvalid = null;
    for (const error of this.element.querySelectorAll(".field-error")) setText(error, "");
  }

  /** Says at its place why something was not done, and shows what there is now, if that is why. */
  refuse(error, problem) {
    setText(error, problem.message ? `${problem.message[0].toUpperCase()}${problem.message.slice(1)}.` : "");
    if (problem.status === 409) this.viewing.refresh();
  }

  #enter() {
    this.element.scrollIntoView({ block: "nearest" });
    this.element.querySelector("h2").focus({ preventScroll: true });
  }

  #leave() {
    this.viewing.enter("read", null);
    document.querySelector(".menu--more > summary").focus();
  }

  #tell() {
    if (!this.renewal) return;
    const { running, began } = this.renewal;
    this.part("renewing").hidden = !running;
    this.part("renew").hidden = running;
    setText(this.part("since"), running ? duration(performance.now() - began) : "");
  }

  async #stop() {
    const button = this.part("stop-renewal");
    button.disabled = true;
    await this.renewal.stop().catch((problem) => this.refuse(this.part("renew-error"), problem));
    button.disabled = false;
  }

  async #renewed(problem) {
    const held = this.element.contains(document.activeElement);
    this.#tell();
    await this.viewing.refresh();
    if (problem) this.refuse(this.part("renew-error"), problem);
    if (held && !this.element.hidden) this.element.querySelector("h2").focus({ preventScroll: true });
  }
}
