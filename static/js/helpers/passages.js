/** What has changed between two texts, as the server tells it, by paragraphs: changed ones, and those between them. */

const BREAK = /\n{2,}/;

/** Blocks: { same: [paragraphs] }, or { runs: [{ kind, text }] } where something changed. */
export function passages(changes) {
  const paragraphs = [[]];
  changes.forEach(({ kind, text }, n) => {
    const instead = [changes[n - 1], changes[n + 1]].some((other) => other && kind !== "same" && other.kind !== "same");
    const parts = instead ? [text] : text.split(BREAK);
    parts.forEach((part, i) => {
      if (i) paragraphs.push([]);
      if (part) paragraphs.at(-1).push({ kind, text: part });
    });
  });
  return grouped(paragraphs.filter((runs) => runs.length));
}

export const unchanged = (text) => [{ same: text.split(BREAK).filter(Boolean) }];

function grouped(paragraphs) {
  const blocks = [];
  for (const runs of paragraphs) {
    if (runs.some(({ kind }) => kind !== "same")) blocks.push({ runs });
    else if (blocks.at(-1)?.same) blocks.at(-1).same.push(text(runs));
    else blocks.push({ same: [text(runs)] });
  }
  return blocks;
}

const text = (runs) => runs.map((run) => run.text).join("");
