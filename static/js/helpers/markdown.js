/** What a line of Markdown is, by its beginning. */

const HEAD = 200; // characters that tell
const undecided = /^ *(#{1,6}|[-*_+>][-*_ ]*|\d{1,9}[.)]?|`{1,2}|`{3,}[^`]*|~{1,2}|~{3,}.*)$/;
const KINDS = {
  heading: /^ {0,3}(?<hashes>#{1,6})[ \t]+/,
  rule: /^ {0,3}([-*_])( *\1){2,} *$/,
  fence: /^ {0,3}(?<fence>`{3,}|~{3,})[^`]*$/,
  quote: /^ {0,3}> ?/,
  item: /^(?<indent> *)(?:[-*+]|(?<number>\d{1,9})[.)]) +/,
  text: /^\s*/,
};

/** Its kind, its `marks`, and what they say; null if more of it has to come. */
export function lineOf(line, whole) {
  const head = whole ? line : line.slice(0, HEAD);
  if (!whole && undecided.test(head)) return null;
  if (!line.trim()) return { kind: "blank", marks: line };
  for (const [kind, pattern] of Object.entries(KINDS)) {
    const found = pattern.exec(head);
    if (found && (whole || kind !== "rule")) return { kind, marks: found[0], ...found.groups };
  }
  return null;
}

/** Whether a line closes the code that such a `fence` has opened; null if more of it has to come. */
export function closesCode(line, fence, whole) {
  const marks = line.trim();
  if (/[^`~]/.test(marks)) return false;
  return whole ? marks.startsWith(fence) : null;
}

/** A text without its marks, to be read among words that are set; what is only begun stays. */
export const unmarked = (text) =>
  text
    .replace(/!?\[([^\]]*)\]\([^)\s]*(?: "[^"]*")?\)/g, "$1")
    .replace(/\*\*|__|~~|`/g, "")
    .replace(/(?<![\w*])[*_](?=[^\s*_])|(?<=[^\s*_])[*_](?![\w*])/g, "")
    .replace(/^#{1,6} /gm, "");
