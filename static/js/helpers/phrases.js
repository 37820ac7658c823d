/** Numbers as people say them. */

export const words = (count) => (count === 1 ? "1 word" : `${count} words`);

export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Whole seconds while something runs, a tenth once a short thing is over. */
export function duration(ms, over = false) {
  const seconds = Math.max(0, ms) / 1000;
  if (over && seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
