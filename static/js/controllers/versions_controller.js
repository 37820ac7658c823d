import { phrase } from "../helpers/say.js";
import * as api from "../api.js";
import { passages, unchanged } from "../helpers/passages.js";
import { moment, stopped, VERSION_REASONS, words } from "../helpers/phrases.js";
import { drawDifference } from "./difference.js";
import { copyOf, make, setText } from "./dom.js";
import { LivePart } from "./controller.js";

/** Earlier versions: what has changed since, and back to one of them. */
export class VersionsController extends LivePart {
  #versions = [];
  #shown = 0;

  connect() {
    this.listen(this.element, "click", ({ target }) => {
      if (target.dataset.part === "leave") this.viewing.enter("read");
      if (target.dataset.show) this.#compare(Number(target.dataset.show));
      if (target.dataset.restore) this.#restore(Number(target.dataset.restore));
    });
    this.listen(this.element, "keydown", ({ key }) => key === "Escape" && this.viewing.enter("read"));
  }

  draw({ mode }) {
    const open = mode === "versions";
    if (open && this.element.hidden) this.#open();
    if (!open && !this.element.hidden) this.#close();
  }

  async #open() {
    this.element.hidden = false;
    this.element.replaceChildren(copyOf("comparing"));
    this.element.querySelector("h2").focus({ preventScroll: true });
    const listed = await api.versions(this.viewing.id).catch((problem) => this.#showProblem(problem));
    if (!listed || this.element.hidden) return;
    this.#versions = listed.toSorted((a, b) => b.version - a.version);
    const [latest] = this.#versions;
    const { lang } = this.viewing.result;
    this.element
      .querySelector("ol")
      .replaceChildren(...this.#versions.map((version) => item(version, version === latest, lang)));
    await this.#compare(this.#versions[0].version);
  }

  #close() {
    this.element.hidden = true;
    this.element.replaceChildren();
    document.querySelector(".menu--more > summary").focus();
  }

  /** What a version changed of the one before it. */
  async #compare(number) {
    this.#shown = number;
    const [version, before] = [this.#listed(number), this.#versions.find((other) => other.version < number)];
    const blocks = await (before ? this.#changes(before, version) : this.#text(number)).catch((problem) =>
      this.#showProblem(problem),
    );
    if (!blocks || this.#shown !== number || this.element.hidden) return;
    for (const button of this.element.querySelectorAll("[data-show]"))
      button.ariaPressed = Number(button.dataset.show) === number;
    drawDifference(this.element.querySelector(".difference"), blocks, { all: !before });
    setText(this.element.querySelector(".status"), before ? summary(blocks, before.version) : phrase("versions.first"));
  }

  async #changes(before, version) {
    const { changes } = await api.changes(this.viewing.id, before.version, version.version);
    const blocks = passages(changes);
    if (before.title === version.title || blocks.some(({ runs }) => runs)) return blocks;
    return [{ runs: [{ kind: "removed", text: before.title }, { kind: "added", text: version.title }] }, ...blocks];
  }

  async #text(number) {
    return unchanged((await api.version(this.viewing.id, number)).content);
  }

  #listed(number) {
    return this.#versions.find(({ version }) => version === number);
  }

  async #restore(number) {
    try {
      await this.viewing.changed(await api.restore(this.viewing.id, number, this.viewing.result.version));
    } catch (problem) {
      this.#showProblem(problem);
    }
  }

  #showProblem(problem) {
    if (!this.element.hidden) setText(this.element.querySelector(".status"), stopped(problem.message));
  }
}

function summary(blocks, before) {
  const changed = blocks.some(({ runs }) => runs);
  return phrase(changed ? "versions.since" : "versions.same", { version: before });
}

function item({ version, reason, words: length, created_at }, latest, lang) {
  const show = make(
    "button",
    { type: "button", class: "versions__show", "data-show": version, "aria-pressed": "false" },
    `${version} · ${VERSION_REASONS[reason] ?? reason}`,
  );
  const about = make("span", { class: "versions__about" }, `${words(length, lang)}, ${moment(created_at)}`);
  const restore = make(
    "button",
    {
      type: "button",
      class: "button button--quiet for-writers",
      "data-restore": version,
      "aria-label": phrase("versions.restore_one", { version }),
    },
    phrase("versions.restore"),
  );
  return make("li", {}, show, about, latest ? make("span", { class: "versions__about" }, phrase("versions.current")) : restore);
}
