import { count } from "../helpers/phrases.js";
import { make } from "./dom.js";
import { Inline } from "./inline.js";
import { Manuscript } from "./manuscript.js";

const MARKS = { removed: "del", added: "ins" };
const CONTEXT = 1; // paragraphs shown around what has changed
const HEADING = /^(#{1,6}) +/;
const FENCE = /^ *(```|~~~)/gm;

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

/** As it is set; of what is open, such as bold that only begins here, the mark is kept. */
function changed([first, ...rest]) {
  if (!rest.length) return set(first.text, MARKS[first.kind]);
  const [marks, hashes] = (first.kind === "same" && HEADING.exec(first.text)) || ["", ""];
  const runs = [{ ...first, text: first.text.slice(marks.length) }, ...rest];
  return make(hashes ? `h${hashes.length}` : "p", {}, ...runs.map(({ kind, text }) => inline(text, MARKS[kind])));
}

function inline(text, name = "span") {
  const element = make(name);
  const words = new Inline(element, new Map());
  words.write(text);
  words.end();
  return element;
}

/** A whole passage as it is set; as it stands if it holds only a part of some code. */
function set(text, name = "div") {
  const element = make(name);
  if ((text.match(FENCE)?.length ?? 0) % 2) element.append(make("p", {}, text));
  else new Manuscript(element).draw({ value: text, revision: 0 }, { writing: false });
  return element;
}

function unchanged(paragraphs, i, blocks, all) {
  const head = i === 0 ? 0 : CONTEXT;
  const tail = i === blocks - 1 ? 0 : CONTEXT;
  const left = paragraphs.length - head - tail;
  if (all || left < 2) return paragraphs.map((text) => set(text));
  const skipped = make("p", { class: "difference__skipped" }, count(left, "unchanged"));
  return [
    ...paragraphs.slice(0, head).map((text) => set(text)),
    skipped,
    ...paragraphs.slice(paragraphs.length - tail).map((text) => set(text)),
  ];
}
