import { number, reading, sentence } from "../helpers/phrases.js";
import { phrase, say } from "../helpers/say.js";
import { server } from "../models/server.js";
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

const USUAL = "usual"; // whom the server has articles written for unless it is told
const AUDIENCES = [USUAL, "general", "beginners", "experts", "children"];

/** A tone that the operator has added is said as it is called. */
export const toneName = (tone) => say({ code: `page.tone.${tone}`, params: {}, message: sentence(tone) });

export const lengthPicks = (lengths) =>
  lengths.map((words, i) => {
    const more = i ? reading(Math.round(words / server.words_a_minute)) : phrase("compose.quick");
    return pick("words", String(words), phrase("compose.length_pick", { n: number(words) }), { more });
  });

export const tonePicks = (tones) => [
  pick("tone", "", phrase("compose.automatic")),
  ...tones.map((tone) => pick("tone", tone, toneName(tone))),
];

export const audiencePicks = () =>
  AUDIENCES.map((who) => {
    const name = phrase(`compose.audience_${who}`);
    return make("button", { type: "button", class: "pick", "data-audience": who === USUAL ? "" : name }, name);
  });
