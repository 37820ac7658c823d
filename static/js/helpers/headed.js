/** The word-by-word difference of a section, parted into its heading, without the marks, and its body. */
export function headed(difference) {
  const heading = [], body = [];
  const open = { removed: true, added: true }; // which of the two texts is still in its first line
  for (const { kind, text } of difference) {
    const inHeading = kind === "same" ? open.removed && open.added : open[kind];
    const end = inHeading ? text.search(/\n|$/) : 0;
    if (end) heading.push({ kind, text: heading.length ? text.slice(0, end) : text.slice(0, end).replace(/^#+\s*/, "") });
    if (!inHeading || end < text.length) {
      for (const side of kind === "same" ? ["removed", "added"] : [kind]) open[side] = false;
      const rest = body.length ? text.slice(end) : text.slice(end).trimStart();
      if (rest) body.push({ kind, text: rest });
    }
  }
  return { heading, body };
}
