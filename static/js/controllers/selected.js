import { phrase } from "../helpers/say.js";
import { number } from "../helpers/phrases.js";
import { placeIn } from "../helpers/splice.js";
import { markdownOf } from "./markdown_of.js";

const SENTINEL = "\uE000"; // a character that nobody writes
const LINES = "p, h1, h2, h3, h4, h5, h6, li, td, th";
const BLOCKS = "p, ul, ol, li, pre, blockquote, table, tr, td, h1, h2, h3, h4, h5, h6, hr";
const INLINE = "strong, b, em, i, s, del, a, code";
const TOOLS = ".rewrite-this, .rewrite, .rewritten, .revision";
export const LONGEST = 6000; // characters, as the server takes

/**
 * What is selected of an article, as Markdown and where it stands in it: `{ start, passage, blocks, range }`. A selection
 * over several blocks takes them whole: then there is no `range`. `wrong` says why it can't be changed; null if nothing
 * is selected.
 */
export function selectedIn(article, { content, sections }) {
  const selection = getSelection();
  if (selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0).cloneRange();
  if (!article.contains(range.commonAncestorContainer) || !range.toString().trim()) return null;
  const elements = [...article.children].filter((element) => !element.matches(TOOLS));
  const known = sections.flatMap(({ blocks }, section) => blocks.map((block) => ({ ...block, section })));
  if (elements.length !== known.length) return { wrong: phrase("passage.not_here") };
  const blocks = known.map((block, n) => ({ ...block, element: elements[n] })).filter((block) => touches(range, block.element));
  if (!blocks.length) return null;
  if (new Set(blocks.map(({ section }) => section)).size > 1) return { wrong: phrase("passage.one_section") };
  const found = (blocks.length === 1 && part(range, blocks[0], content)) || whole(blocks, content);
  return found.passage.length > LONGEST ? { wrong: phrase("passage.too_long", { most: number(LONGEST) }) } : found;
}

/** A selection that ends before the first letter of a block does not mean it. */
function touches(range, element) {
  if (!range.intersectsNode(element)) return false;
  const within = document.createRange();
  within.selectNodeContents(element);
  if (range.compareBoundaryPoints(Range.START_TO_START, within) > 0) within.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, within) < 0) within.setEnd(range.endContainer, range.endOffset);
  return Boolean(within.toString().trim());
}

const whole = (blocks, content) => {
  const start = blocks[0].start;
  return { start, passage: content.slice(start, blocks.at(-1).end), blocks: blocks.map(({ element }) => element), range: null };
};

/** A part of one line; null if it is more, or if it can't be told where in the Markdown it is. */
function part(range, { element, start, end }, content) {
  const line = closest(range.commonAncestorContainer, LINES);
  if (!line || !element.contains(line) || range.cloneContents().querySelector(BLOCKS)) return null;
  clipped(range, line);
  const source = content.slice(start, end);
  const [from, to] = [true, false].map((atStart) => placeOf(range, atStart, element, source));
  if (from === null || to === null || from >= to) return null;
  const text = source.slice(from, to);
  const head = text.length - text.trimStart().length;
  return { start: start + from + head, passage: text.trim(), blocks: [element], range };
}

/** Marks are taken whole, unless the selection lies within them; white space at its ends is not meant. */
function clipped(range, line) {
  if (!line.contains(range.startContainer)) range.setStart(line, 0);
  if (!line.contains(range.endContainer)) range.setEnd(line, line.childNodes.length);
  for (let at = range.startContainer; at !== line; at = at.parentNode)
    if (at.matches?.(INLINE) && !at.contains(range.endContainer)) range.setStartBefore(at);
  for (let at = range.endContainer; at !== line; at = at.parentNode)
    if (at.matches?.(INLINE) && !at.contains(range.startContainer)) range.setEndAfter(at);
}

const closest = (node, selector) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(selector);

/** Where one end of a range is in a block's Markdown: found by a character that is put there in a copy. */
function placeOf(range, atStart, block, source) {
  const { copy, container, offset } = copied(range, atStart, block);
  if (container.nodeType === Node.TEXT_NODE) container.insertData(offset, SENTINEL);
  else container.insertBefore(document.createTextNode(SENTINEL), container.childNodes[offset] ?? null);
  const spelled = markdownOf(block, source);
  const marked = markdownOf(copy, source);
  const at = marked.indexOf(SENTINEL);
  return marked.replace(SENTINEL, "") === spelled ? placeIn(source, spelled, at) : null;
}

function copied(range, atStart, block) {
  const [node, offset] = atStart ? [range.startContainer, range.startOffset] : [range.endContainer, range.endOffset];
  const copy = block.cloneNode(true);
  return { copy, container: counterpart(node, block, copy), offset };
}

/** The node in a copy that stands where this one stands in the original. */
function counterpart(node, original, copy) {
  if (node === original) return copy;
  return counterpart(node.parentNode, original, copy).childNodes[[...node.parentNode.childNodes].indexOf(node)];
}

/** The same range in a copy of the block that it lies in. */
export function rangeIn(copy, range, block) {
  const same = document.createRange();
  same.setStart(counterpart(range.startContainer, block, copy), range.startOffset);
  same.setEnd(counterpart(range.endContainer, block, copy), range.endOffset);
  return same;
}
