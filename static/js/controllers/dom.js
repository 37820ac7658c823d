import { phrase } from "../helpers/say.js";

/** The few things that all controllers do to the page. */

/** A copy of what stands in a template of the page. */
export const copyOf = (id) => document.getElementById(id).content.cloneNode(true);

/** Sets the text of an element only if it is another: what did not change is not announced again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** What came of copying a text, in words. Browsers allow it on secure origins only. */
export const copied = (text, html = "") =>
  (html ? navigator.clipboard.write([rich(text, html)]) : navigator.clipboard.writeText(text)).then(
    () => phrase("word.copied"),
    () => phrase("word.copy_failed"),
  );

/** Text for editors of plain text, and the same as HTML, which may have to be waited for, for those that show headings. */
const rich = (text, html) =>
  new ClipboardItem({
    "text/plain": new Blob([text], { type: "text/plain" }),
    "text/html": Promise.resolve(html).then((made) => new Blob([made], { type: "text/html" })),
  });

/** Has the browser keep a text, or whatever a blob has, as a file. */
export function saveAs(name, what) {
  const blob = what instanceof Blob ? what : new Blob([what], { type: "text/markdown" });
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The other thing for a moment, while somebody looks whether the button has done it. It gets no narrower by that. */
export function setTextBriefly(element, text, usual, milliseconds = 2000) {
  element.style.minInlineSize ||= `${element.getBoundingClientRect().width}px`;
  setText(element, text);
  setTimeout(() => {
    setText(element, usual);
    element.style.minInlineSize = "";
  }, milliseconds);
}
