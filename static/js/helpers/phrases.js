/** Numbers, times and errors as people say them, and the words of the wire as they read them. */

import { language } from "../known.js";
import { phrase } from "./say.js";

const UNSPACED = /^(zh|yue|ja)\b/i;
const figures = new Intl.NumberFormat(language);
const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(language, { style: "percent" });
const plural = new Intl.PluralRules(language);
const clockTime = { hour: "2-digit", minute: "2-digit", hour12: false };
const date = { day: "numeric", month: "short", year: "numeric" };
const days = new Intl.DateTimeFormat(language, date);
const time = new Intl.DateTimeFormat(language, clockTime);
const dayAndTime = new Intl.DateTimeFormat(language, { ...date, ...clockTime });
const list = new Intl.ListFormat(language, { style: "short", type: "unit" });

export const number = (amount) => figures.format(amount);

export const dollars = (amount) =>
  new Intl.NumberFormat(language, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", maximumFractionDigits: amount < 0.1 ? 4 : 2 }).format(amount);

export const percent = (part) => share.format(part);

export const listed = (names) => list.format(names);

/** A sentence in the form that goes with an amount, which is its {n}. */
export const counted = (code, amount) => phrase(`${code}.${plural.select(amount)}`, { n: number(amount) });

export const count = (amount, what) => counted(`count.${what}`, amount);

/** The words of a text in a language, if it is known: of one that puts no spaces between them, its characters. */
export const words = (amount, lang) => count(amount, lang && !UNSPACED.test(lang) ? "spaced_word" : "word");

export const reading = (minutes) => phrase("word.reading", { n: number(minutes) });

export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** What is said of a section names it, if it does not by itself. */
export function ofSection(section, text) {
  const named = section && text.toLowerCase().includes(phrase("word.section", { section }).toLowerCase());
  return section && !named ? phrase("word.in_section", { section, message: text }) : sentence(text);
}

export const stopped = (text) => sentence(text) + (/[.!?。！？…]$/.test(text) ? "" : phrase("word.full_stop"));

/** Whole seconds while something runs, a tenth once a short thing is over. */
export function duration(ms, over = false) {
  const seconds = Math.max(0, ms) / 1000;
  if (over && seconds < 9.95) return phrase("word.seconds", { n: tenths.format(seconds) });
  const whole = Math.floor(seconds);
  if (whole < 60) return phrase("word.seconds", { n: whole });
  return phrase("word.minutes", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
}

/** The time of a day that is today, else the day. */
export function when(date, now = new Date()) {
  const then = new Date(date);
  return then.toDateString() === now.toDateString() ? phrase("word.today", { time: time.format(then) }) : days.format(then);
}

/** A calendar day, such as 2026-11-26, which is the same wherever one is. */
export const day = (date) => days.format(new Date(`${date}T12:00`));

export const timeOf = (date) => time.format(new Date(date));

export const moment = (date) => dayAndTime.format(new Date(date));

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** Round seconds to write on an axis of so many milliseconds; few of them. */
export function ticks(total, most = 4) {
  const step =
    STEPS.find((seconds) => total / 1000 / seconds <= most) ?? STEPS.at(-1) * Math.ceil(total / 3.6e6 / most);
  return Array.from({ length: Math.floor(total / 1000 / step) }, (_, i) => (i + 1) * step);
}

export const clock = (seconds) =>
  seconds < 60
    ? phrase("word.seconds", { n: seconds })
    : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

const named = (code, names) => Object.fromEntries(names.map((name) => [name, phrase(code + name)]));

const ENDS = ["completed", "failed", "cancelled"];
export const STAGE_STATES = named("step.", ["waiting", "next", "started", "writing", "retrying", "skipped", ...ENDS]);
export const ARTICLE_STATES = named("state.", ["pending", "processing", "awaiting_review", ...ENDS]);

const CHANGES = ["written", "edited", "restored", "rewritten", "revised", "accepted"];
export const VERSION_REASONS = named("reason.", [...CHANGES, "undone", "redone"]);
export const UNDONE = named("undone.", CHANGES);
export const REDONE = named("redone.", CHANGES);
