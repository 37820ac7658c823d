import { count } from "../helpers/phrases.js";
import { make } from "./dom.js";

const MARKS = { removed: "del", added: "ins" };
const CONTEXT = 1; // paragraphs shown around what has changed

/** The changed passages with their surroundings; what is far from any change is only counted. */
export function drawDifference(root, blocks, { all = false } = {}) {
  root.replaceChildren(
    ...blocks.flatMap((block, i) =>
      block.runs ? [changed(block.runs)] : unchanged(block.same, i, blocks.length, all),
    ),
  );
}

/** A text with what was removed and what was added marked as such. */
export const marked = (runs) => runs.map(({ kind, text }) => (MARKS[kind] ? make(MARKS[kind], {}, text) : text));

const changed = (runs) => make("p", {}, ...marked(runs));

function unchanged(paragraphs, i, blocks, all) {
  const head = i === 0 ? 0 : CONTEXT;
  const tail = i === blocks - 1 ? 0 : CONTEXT;
  const left = paragraphs.length - head - tail;
  if (all || left < 2) return paragraphs.map(paragraph);
  const skipped = make("p", { class: "difference__skipped" }, count(left, "unchanged"));
  return [
    ...paragraphs.slice(0, head).map(paragraph),
    skipped,
    ...paragraphs.slice(paragraphs.length - tail).map(paragraph),
  ];
}

const paragraph = (text) => make("p", {}, text);
