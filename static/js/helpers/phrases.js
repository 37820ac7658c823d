/** Numbers, times and errors as people say them, and the words of the wire as they read them. */

const READ_A_MINUTE = 220;
const figures = new Intl.NumberFormat("en");
const days = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });
const time = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });

export const number = (amount) => figures.format(amount);

export const count = (amount, noun) => `${number(amount)} ${noun}${amount === 1 ? "" : "s"}`;

export const words = (amount) => count(amount, "word");

export const reading = (amount) => `${Math.max(1, Math.round(amount / READ_A_MINUTE))} min read`;

export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** What is said of a section names it, if it does not by itself. */
export const ofSection = (section, text) =>
  section && !/section/i.test(text) ? `Section ${section}: ${text}` : sentence(text);

export const stopped = (text) => sentence(text) + (/[.!?。…]$/.test(text) ? "" : ".");

/** Whole seconds while something runs, a tenth once a short thing is over. */
export function duration(ms, over = false) {
  const seconds = Math.max(0, ms) / 1000;
  if (over && seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** The time of a day that is today, else the day. */
export function when(date, now = new Date()) {
  const then = new Date(date);
  return then.toDateString() === now.toDateString() ? `Today, ${time.format(then)}` : days.format(then);
}

/** A calendar day, such as 2026-11-26, which is the same wherever one is. */
export const day = (date) => days.format(new Date(`${date}T12:00`));

export const moment = (date) => `${days.format(new Date(date))}, ${time.format(new Date(date))}`;

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** Round seconds to write on an axis of so many milliseconds; few of them. */
export function ticks(total, most = 4) {
  const step =
    STEPS.find((seconds) => total / 1000 / seconds <= most) ?? STEPS.at(-1) * Math.ceil(total / 3.6e6 / most);
  return Array.from({ length: Math.floor(total / 1000 / step) }, (_, i) => (i + 1) * step);
}

export const clock = (seconds) =>
  seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

export const STAGE_STATES = {
  waiting: "Not started",
  next: "Next",
  started: "Working…",
  writing: "Writing…",
  retrying: "Retrying…",
  completed: "Done",
  skipped: "Skipped",
  failed: "Failed",
  cancelled: "Stopped",
};

export const ARTICLE_STATES = {
  pending: "Queued",
  processing: "Writing",
  awaiting_review: "Outline ready for review",
  completed: "Finished",
  failed: "Failed",
  cancelled: "Stopped",
};

export const VERSION_REASONS = {
  written: "Written",
  edited: "Edited",
  restored: "Restored",
  rewritten: "Section rewritten",
  revised: "Passage changed",
  accepted: "Suggestion applied",
  undone: "Change undone",
  redone: "Change redone",
};

export const UNDONE = {
  written: "Writing undone",
  edited: "Edit undone",
  restored: "Restoring undone",
  rewritten: "Rewriting of the section undone",
  revised: "Change of the passage undone",
  accepted: "Suggestion undone",
};

export const REDONE = {
  written: "Written again",
  edited: "Edit redone",
  restored: "Restored again",
  rewritten: "Rewriting of the section redone",
  revised: "Change of the passage redone",
  accepted: "Suggestion applied again",
};
