import { number, reading, sentence } from "../helpers/phrases.js";
import { make } from "./dom.js";

/** One of several, as a button that stays down; `more` says what comes with it. */
export const pick = (name, value, label, { more = "", lang } = {}) =>
  make(
    "label",
    { class: "pick" },
    make("input", { class: "sr-only", type: "radio", name, value }),
    make("span", lang ? { lang, dir: "auto" } : {}, label),
    ...(more ? [make("small", {}, more)] : []),
  );

const AUDIENCES = ["general readers", "beginners", "experts in the field", "ten-year-olds"];

export const lengthPicks = (lengths) =>
  lengths.map((words, i) => {
    const more = i ? reading(words) : "three sections, ready soonest";
    return pick("words", String(words), `About ${number(words)} words`, { more });
  });

export const tonePicks = (tones) => [
  pick("tone", "", "Automatic"),
  ...tones.map((tone) => pick("tone", tone, sentence(tone))),
];

export const audiencePicks = () =>
  AUDIENCES.map((name) => make("button", { type: "button", class: "pick" }, sentence(name)));
