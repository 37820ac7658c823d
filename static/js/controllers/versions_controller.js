import * as api from "../api.js";
import { difference } from "../helpers/diff.js";
import { moment, stopped, VERSION_REASONS, words } from "../helpers/phrases.js";
import { drawDifference } from "./difference.js";
import { copyOf, make, say } from "./dom.js";
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
    const listed = await api.versions(this.viewing.id).catch((problem) => this.#complain(problem));
    if (!listed || this.element.hidden) return;
    this.#versions = listed.toSorted((a, b) => b.version - a.version);
    const [latest] = this.#versions;
    this.element
      .querySelector("ol")
      .replaceChildren(...this.#versions.map((version) => item(version, version === latest)));
    await this.#compare(this.#versions[0].version);
  }

  #close() {
    this.element.hidden = true;
    this.element.replaceChildren();
    document.querySelector("[data-do=versions]").focus();
  }

  /** What a version changed of the one before it. */
  async #compare(number) {
    this.#shown = number;
    const before = this.#versions.find(({ version }) => version < number);
    const numbers = before ? [before.version, number] : [number];
    const texts = await Promise.all(numbers.map((n) => api.version(this.viewing.id, n))).catch((problem) =>
      this.#complain(problem),
    );
    if (!texts || this.#shown !== number || this.element.hidden) return;
    for (const button of this.element.querySelectorAll("[data-show]"))
      button.ariaPressed = Number(button.dataset.show) === number;
    const [old, now] = whole(texts);
    const blocks = difference(old, now ?? old);
    drawDifference(this.element.querySelector(".difference"), blocks, { all: !before });
    say(
      this.element.querySelector(".status"),
      before ? summary(blocks, before.version, number) : `Version ${number}, the first, as it was`,
    );
  }

  async #restore(number) {
    try {
      await this.viewing.changed(await api.restore(this.viewing.id, number, this.viewing.result.version));
    } catch (problem) {
      this.#complain(problem);
    }
  }

  #complain(problem) {
    if (!this.element.hidden) say(this.element.querySelector(".status"), stopped(problem.message));
  }
}

/** Titles stand before the texts only where they alone tell what has changed. */
function whole(versions) {
  const untold = versions.some(
    ({ title, content }) => title !== versions[0].title && !content.startsWith(`# ${title}`),
  );
  return versions.map(({ title, content }) => (untold ? `${title}\n\n${content}` : content));
}

function summary(blocks, before, number) {
  const changed = blocks.filter(({ runs }) => runs).length;
  if (!changed) return `Version ${number} has the same text as version ${before}`;
  return `Version ${number} beside version ${before}: ${changed === 1 ? "one passage" : `${changed} passages`} changed`;
}

function item({ version, reason, words: length, created_at }, latest) {
  const show = make(
    "button",
    { type: "button", class: "versions__show", "data-show": version, "aria-pressed": "false" },
    `${version} · ${VERSION_REASONS[reason] ?? reason}`,
  );
  const about = make("span", { class: "versions__about" }, `${words(length)}, ${moment(created_at)}`);
  const restore = make(
    "button",
    {
      type: "button",
      class: "button button--quiet",
      "data-restore": version,
      "aria-label": `Restore version ${version}`,
    },
    "Restore",
  );
  return make("li", {}, show, about, latest ? make("span", { class: "versions__about" }, "now") : restore);
}
