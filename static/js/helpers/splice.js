/** A text and the same text spelled otherwise: what is changed in the one is changed in the other. */

function common(a, b) {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  return { head, tail };
}

/** The place in `source` of a place in `spelled`; null within what they spell otherwise. */
export function placeIn(source, spelled, at) {
  const { head, tail } = common(source, spelled);
  if (at <= head) return at;
  return at >= spelled.length - tail ? at + source.length - spelled.length : null;
}

/** The source with what was changed from `before` to `after`, both spelled otherwise. All of it is respelled only if
 * the change is where the spelling differs. */
export function spliced(source, before, after) {
  const { head, tail } = common(before, after);
  const [from, to] = [placeIn(source, before, head), placeIn(source, before, before.length - tail)];
  if (before === after) return source;
  if (from === null || to === null || to < from || source.slice(from, to) !== before.slice(head, before.length - tail))
    return after;
  return source.slice(0, from) + after.slice(head, after.length - tail) + source.slice(to);
}

/**
 * A text from its blocks, with what stands between them. `gaps[n]` stood before the n-th block; a new one has no `n`.
 * Definitions of links stand between blocks and go with none of them: those whose place is gone come last.
 */
export function assembled(blocks, gaps) {
  const left = new Set(gaps.keys());
  const gap = (n) => (left.delete(n), gaps[n]);
  const parts = [blocks[0]?.n === 0 ? gap(0) : ""];
  blocks.forEach(({ text, n }, i) => {
    const last = i === blocks.length - 1;
    const close = n !== null && blocks[i + 1]?.n === n + 1;
    parts.push(text, last ? gap(gaps.length - 1) : close ? gap(n + 1) : "\n\n");
  });
  const kept = [...left].map((n) => gaps[n].trim()).filter(Boolean);
  const text = parts.join("");
  return kept.length ? `${text.trimEnd()}\n\n${kept.join("\n\n")}\n` : text;
}
