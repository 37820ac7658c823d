/** Counting words as the server does: scripts written without spaces between words count by character. */

const CJK = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
const LETTER = `[[\\p{L}\\p{N}_]--[${CJK}]]`;
const word = new RegExp(`[${CJK}]|${LETTER}+(?:['’.\\-]${LETTER}+)*`, "gv");
const settled = new RegExp(`^.*[\\s${CJK}]`, "sv");

export const countWords = (text) => text.match(word)?.length ?? 0;

/** How much of a growing text, from its beginning, no later word can reach back into. */
export const settledLength = (text) => settled.exec(text)?.[0].length ?? 0;
