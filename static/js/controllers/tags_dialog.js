import { phrase } from "../helpers/say.js";
import { changeTags } from "../api.js";
import { count, number, stopped } from "../helpers/phrases.js";
import { Combobox } from "./combobox.js";
import { make, setText } from "./dom.js";

const SHOWN = 8;
const folded = (tag) => tag.normalize("NFKC").toLowerCase();

/** The tags of one article or of several: added from those that there are, or new; and removed. Each at once. */
export class TagsDialog {
  #dialog;
  #changed;
  #articles = [];
  #known = [];
  #combobox;
  #last = Promise.resolve();

  /** `changed(id, tags)` is told of each article. */
  constructor(dialog, changed) {
    this.#dialog = dialog;
    this.#changed = changed;
    const take = (tag) => this.#change({ add: [this.#spelled(tag)] });
    this.#combobox = new Combobox(this.#input, dialog.querySelector("[role=listbox]"), { offer: (typed) => this.#offered(typed), take });
  }

  connect(owner) {
    this.#combobox.connect(owner);
    owner.listen(this.#dialog, "click", ({ target }) => target.dataset.remove && this.#remove(target));
    owner.listen(this.#input, "input", () => this.#object(""));
  }

  offer(tags) {
    this.#known = tags;
  }

  open(articles) {
    this.#articles = articles;
    const [{ title, topic }] = articles;
    setText(this.#dialog.querySelector(".dialog__about"), articles.length > 1 ? count(articles.length, "article") : title || topic);
    this.#input.value = "";
    this.#object("");
    setText(this.#status, "");
    this.#draw();
    this.#dialog.showModal();
    this.#input.focus();
  }

  get #input() {
    return this.#dialog.querySelector("[role=combobox]");
  }

  get #status() {
    return this.#dialog.querySelector("[role=status]");
  }

  /** The tags of the articles, each with how many have it, by name. */
  get #tags() {
    const tags = new Map();
    for (const tag of this.#articles.flatMap((article) => article.tags)) {
      const known = tags.get(folded(tag)) ?? { tag, articles: 0 };
      tags.set(folded(tag), { ...known, articles: known.articles + 1 });
    }
    return [...tags.values()].toSorted((a, b) => a.tag.localeCompare(b.tag));
  }

  /** As a tag that there is is spelled. */
  #spelled(typed) {
    return [...this.#tags, ...this.#known].find(({ tag }) => folded(tag) === folded(typed))?.tag ?? typed;
  }

  /** Tags that not all have yet and that contain what is typed; and what is typed, if it is a new one. */
  #offered(typed) {
    const full = this.#tags.filter(({ articles }) => articles === this.#articles.length).map(({ tag }) => folded(tag));
    const free = this.#known.filter(({ tag }) => folded(tag).includes(folded(typed)) && !full.includes(folded(tag)));
    const found = free.slice(0, SHOWN).map(({ tag, articles }) => ({ value: tag, label: tag, more: number(articles) }));
    const there = [...this.#known.map(({ tag }) => folded(tag)), ...full].includes(folded(typed));
    return typed && !there ? [...found, { value: typed, label: phrase("tags.new", { tag: typed }) }] : found;
  }

  #draw() {
    const several = this.#articles.length > 1;
    const tags = this.#tags;
    const list = this.#dialog.querySelector(".tags");
    list.hidden = !tags.length;
    list.replaceChildren(
      ...tags.map(({ tag, articles }) => item(tag, several ? phrase("live.parts", { done: number(articles), parts: number(this.#articles.length) }) : "")),
    );
    this.#dialog.querySelector(".dialog__none").hidden = Boolean(tags.length);
  }

  async #remove(button) {
    await this.#change({ remove: [button.dataset.remove] });
    (this.#dialog.querySelector(".tags button") ?? this.#input).focus();
  }

  /** One after the other, so that the last answer is that to the last change. */
  #change(change) {
    const ids = this.#articles.map(({ id }) => id);
    return (this.#last = this.#last.then(() => this.#send(ids, change)));
  }

  async #send(ids, change) {
    const answers = await changeTags(ids, change).catch((problem) => this.#object(problem.errors?.[0]?.message ?? problem.message));
    if (!answers) return;
    const refused = answers.find(({ tags }) => !tags);
    this.#object(refused?.message ?? "");
    const tags = new Map(answers.map((answer) => [answer.id, answer.tags]));
    this.#articles = this.#articles.map((article) => ({ ...article, tags: tags.get(article.id) ?? article.tags }));
    for (const { id, tags: now } of answers) if (now) this.#changed(id, now);
    this.#learn(change.add ?? []);
    if (!refused) this.#said(change);
    this.#draw();
  }

  #said({ add: [added] = [], remove: [removed] = [] }) {
    if (added) this.#input.value = "";
    setText(this.#status, added ? phrase("tags.added", { tag: added }) : phrase("tags.removed", { tag: removed }));
  }

  /** What is new is suggested from now on. */
  #learn(added) {
    const fresh = added.filter((tag) => !this.#known.some((known) => folded(known.tag) === folded(tag)));
    this.#known = [...this.#known, ...fresh.map((tag) => ({ tag, articles: this.#articles.length }))];
  }

  #object(message) {
    this.#input.ariaInvalid = message ? "true" : null;
    setText(this.#dialog.querySelector(".field-error"), message && stopped(message));
  }
}

const item = (tag, more) =>
  make(
    "li",
    { class: "tag tag--held" },
    make("span", { dir: "auto" }, tag),
    ...(more ? [make("small", {}, more)] : []),
    make("button", { type: "button", "data-remove": tag, "aria-label": phrase("tags.remove", { tag }) }, "×"),
  );
