/** What has changed between two texts: by paragraphs, and within those that changed word by word. */

import { compare } from "./compare.js";

const LONGEST = 64; // a "word" longer than that is compared in pieces

const paragraphs = (text) => text.split(/\n{2,}/);
const pieces = (text) => text.match(new RegExp(`\\s+|[\\p{L}\\p{N}_'’-]{1,${LONGEST}}|.`, "gsu")) ?? [];

/** Blocks: { same: [paragraphs] }, or { runs: [{ kind, text }] } where something changed. */
export function difference(before, after) {
  const blocks = [];
  let removed = "";
  for (const { kind, items } of [...compare(paragraphs(before), paragraphs(after)), { kind: "end" }]) {
    if (kind === "added") blocks.push({ runs: byWords(removed, items.join("\n\n")) });
    else if (removed) blocks.push({ runs: byWords(removed, "") });
    if (kind === "same") blocks.push({ same: items });
    removed = kind === "removed" ? items.join("\n\n") : "";
  }
  return blocks.filter(({ same, runs }) => (same ?? runs).some((item) => item.text ?? item));
}

function byWords(before, after) {
  const runs = compare(pieces(before), pieces(after)).map(({ kind, items }) => ({ kind, text: items.join("") }));
  return readable(runs);
}

/** A lone blank between two changes is no island: "old words" → "new text" is one change, not two. */
function readable(runs) {
  const result = [];
  let removed = "";
  let added = "";
  const settle = () => {
    if (removed) result.push({ kind: "removed", text: removed });
    if (added) result.push({ kind: "added", text: added });
    removed = added = "";
  };
  runs.forEach(({ kind, text }, i) => {
    const island = kind === "same" && !text.trim() && i > 0 && i < runs.length - 1;
    if (kind === "same" && !island) {
      settle();
      result.push({ kind, text });
    }
    if (kind === "removed" || island) removed += text;
    if (kind === "added" || island) added += text;
  });
  settle();
  return result;
}
