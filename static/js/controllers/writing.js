import { preview } from "../api.js";
import { assembled, spliced } from "../helpers/splice.js";
import { markdownOf, standsFor } from "./markdown_of.js";
import { make } from "./dom.js";
import { showHtml } from "./rendered.js";

const UNTOUCHED = new Set(["insertFromPaste", "insertFromDrop", "insertFromYank", "insertReplacementText"]);
const STYLES = /^format(?!Bold|Italic|StrikeThrough|BlockFormat|Indent|Outdent|Remove)/;
const IMAGE = /!\[([^\]]*)\]\((?:https?:)?\/\/[^)]*\)/g;
const HEADLINE = /^# +(\S.*)$/;

/**
 * The article, written in as it is set. What nobody has touched keeps its Markdown to the letter; a block that was
 * changed is spelled as it was, but for the change.
 */
export class Writing {
  #root;
  #head;
  #changed;
  #from; // the title and content that were opened
  #headline; // as it was opened
  #blocks = []; // of the content, in order: { source, element, before }
  #gaps = []; // what stands before, between and after them
  #known = new Map(); // a block by its element
  #touched = new Set();
  #observer = new MutationObserver((records) => this.#note(records));
  #listening = null;

  /** `root` shows the article, and `head` its headline. */
  constructor(root, head, changed) {
    this.#root = root;
    this.#head = head;
    this.#changed = changed;
  }

  /** Opens what the article shows already, or another text as the server renders it. False if it can't be shown. */
  async open({ title, content, blocks }) {
    const shown = blocks ? { blocks } : await preview(content);
    if (shown.html !== undefined) showHtml(this.#root, shown.html);
    for (const tool of this.#root.querySelectorAll(":scope > :is(button, form)")) tool.remove();
    if (this.#root.children.length !== shown.blocks.length) return false;
    this.#from = { title, content };
    this.#read(shown.blocks);
    this.#headline = (this.#inText && HEADLINE.exec(this.#blocks[0].source)[1]) || title;
    if (this.#head.textContent !== this.#headline) this.#head.textContent = this.#headline;
    this.#begin();
    return true;
  }

  close() {
    this.#observer.disconnect();
    this.#listening?.abort();
    for (const element of [this.#root, this.#head]) element.removeAttribute("contenteditable");
    this.#root.removeAttribute("spellcheck");
  }

  /** The title and the content as they are now. */
  get value() {
    this.#note(this.#observer.takeRecords());
    if (this.#head.textContent === this.#headline) return { title: this.#from.title, content: this.#content() };
    const headline = this.#head.textContent.trim().replace(/\s+/g, " ");
    const one = !this.#inText || this.#headline === this.#from.title;
    return { title: one ? headline : this.#from.title, content: this.#content(`# ${headline}`) };
  }

  /** The headline stands at the head of the page, and begins the content. */
  get #inText() {
    return this.#blocks[0]?.element === null;
  }

  // -- reading

  #read(spans) {
    const { content } = this.#from;
    let at = 0;
    this.#blocks = spans.map(({ start, end }, n) => {
      const block = { n, source: content.slice(start, end), element: this.#root.children[n], before: null };
      this.#gaps.push(content.slice(at, start));
      at = end;
      return block;
    });
    this.#gaps.push(content.slice(at));
    if (HEADLINE.test(this.#blocks[0]?.source) && this.#blocks[0].element.matches("h1")) this.#takeHeadline();
    for (const block of this.#blocks) if (block.element) this.#know(block);
  }

  /** It is written in at the head of the page. */
  #takeHeadline() {
    this.#blocks[0].element.remove();
    this.#blocks[0].element = null;
  }

  #know(block) {
    this.#known.set(block.element, block);
    this.#protect(block);
    block.before = markdownOf(block.element, block.source);
  }

  /** What stands for something that the page does not show is kept whole. */
  #protect({ element, source }) {
    const images = [...element.querySelectorAll("em")];
    for (const [mark, alt] of source.matchAll(IMAGE)) {
      const at = images.findIndex((em) => em.textContent === alt);
      if (at >= 0) standsFor(images.splice(at, 1)[0], mark);
    }
    for (const atom of element.querySelectorAll("[data-mark]")) atom.contentEditable = "false";
  }

  // -- writing

  #begin() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#root.contentEditable = "true";
    this.#root.spellcheck = true;
    this.#head.contentEditable = "plaintext-only";
    document.execCommand("defaultParagraphSeparator", false, "p");
    if (!this.#root.children.length) this.#root.append(make("p", {}, make("br")));
    this.#observer.observe(this.#root, { childList: true, subtree: true, characterData: true });
    this.#root.addEventListener("beforeinput", (event) => this.#before(event), { signal });
    this.#head.addEventListener("beforeinput", (event) => this.#beforeHeadline(event), { signal });
    for (const element of [this.#root, this.#head])
      element.addEventListener("input", ({ isComposing }) => isComposing || this.#changed(), { signal });
    this.#root.addEventListener("compositionend", () => this.#changed(), { signal });
  }

  /** What is pasted comes as text; what can't be said in Markdown is not done. */
  #before(event) {
    if (UNTOUCHED.has(event.inputType) && event.dataTransfer) {
      event.preventDefault();
      this.#insert(event.dataTransfer.getData("text/plain"));
    } else if (STYLES.test(event.inputType)) event.preventDefault();
  }

  /** Paragraph by paragraph, so that the browser can take it back. */
  #insert(text) {
    const paragraphs = text.replace(/\r\n?/g, "\n").trim().split(/\n{2,}/);
    paragraphs.forEach((paragraph, n) => {
      if (n) document.execCommand("insertParagraph");
      document.execCommand("insertText", false, paragraph.replace(/\s*\n\s*/g, " "));
    });
  }

  #beforeHeadline(event) {
    if (!["insertParagraph", "insertLineBreak"].includes(event.inputType)) return;
    event.preventDefault();
    this.#root.focus();
  }

  #note(records) {
    for (const { target } of records) {
      const block = this.#blockOf(target);
      if (block) this.#touched.add(block);
    }
  }

  #blockOf(node) {
    while (node && node.parentNode !== this.#root) node = node.parentNode;
    return node && this.#known.get(node);
  }

  // -- the content

  #content(headline = this.#blocks[0]?.source) {
    const written = [...this.#root.childNodes].map((node) => this.#written(node)).filter(({ text }) => text.trim());
    if (this.#inText) written.unshift({ text: headline, n: 0 });
    return assembled(written, this.#gaps);
  }

  #written(node) {
    const block = this.#known.get(node);
    if (!block) return { text: markdownOf(node), n: null };
    const { n, source, before } = block;
    return { text: this.#touched.has(block) ? spliced(source, before, markdownOf(node, source)) : source, n };
  }
}
