import { count, number } from "./phrases.js";
import { phrase } from "./say.js";

/** How much of a title or a description search engines show: about so many Latin letters, half as many Chinese ones. */

export const TITLE = 60;
export const DESCRIPTION = 155;
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/;

const letters = (text) => [...text];
const width = (letter) => (WIDE.test(letter) || letter.codePointAt(0) >= 0x20000 ? 2 : 1);

/** Of a text: its letters, the share of the room that it takes, and how many letters are shown of one that is cut. */
export function measured(text, room) {
  const all = letters(text);
  let taken = 0;
  let shown = 0;
  for (const letter of all) {
    taken += width(letter);
    if (taken <= room) shown += 1;
  }
  return { letters: all.length, share: taken / room, shown, fits: taken <= room };
}

/** As a search engine would show it. */
export function cut(text, room) {
  const { fits, shown } = measured(text, room);
  if (fits) return text;
  const kept = letters(text).slice(0, shown).join("");
  return `${/\s/.test(kept) ? kept.replace(/\s+\S*$/, "") : kept} …`;
}

export function lengthSaid(text, room) {
  const { letters: length, fits, shown } = measured(text, room);
  if (!length) return phrase("search.empty");
  const characters = count(length, "character");
  return fits ? phrase("search.room", { characters }) : phrase("search.cut", { characters, shown: number(shown) });
}
