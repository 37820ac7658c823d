import { showRendered } from "./rendered.js";

const PAUSE = 300; // after the last key

/** Title and Markdown of the article, to be changed with a preview beside them. */
export class MarkdownFace {
  #form;
  #one = false; // the title is the headline of the text
  #timer = 0;

  constructor(form) {
    this.#form = form;
  }

  open({ title, content }) {
    const { title: line, content: text } = this.#form.elements;
    line.value = title;
    text.value = content;
    this.#one = content.split("\n", 1)[0] === `# ${title}`;
    text.setSelectionRange(0, 0);
    text.focus({ preventScroll: true });
    this.#preview();
  }

  close() {
    clearTimeout(this.#timer);
  }

  get value() {
    const { title, content } = this.#form.elements;
    return { title: title.value, content: content.value };
  }

  changed(field) {
    this.#together(field);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#preview(), PAUSE);
  }

  /** The title and the headline in the text stay one, if they were. */
  #together(field) {
    const { title, content } = this.#form.elements;
    const headline = /^# (.*)/.exec(content.value)?.[1];
    if (headline === undefined || !this.#one) return;
    if (field === title) content.value = content.value.replace(/^# .*/, () => `# ${title.value}`);
    else title.value = headline;
  }

  #preview() {
    showRendered(this.#form.querySelector(".editor__page"), this.#form.elements.content.value);
  }
}
