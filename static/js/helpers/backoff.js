const FIRST = 1000;
const LONGEST = 30_000;

/** Milliseconds to wait before the next of many tries; spread, so that not all pages come back at once. */
export const backoff = (tries) => Math.min(LONGEST, FIRST * 2 ** tries) * (0.75 + Math.random() / 2);
