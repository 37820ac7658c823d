/** When to do something: in the next frame, or later and later. */

/** A function that has `draw` called in the next animation frame: once, however often it is called before. */
export function oncePerFrame(draw) {
  let asked = 0;
  const ask = () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      draw();
    });
  };
  ask.cancel = () => {
    cancelAnimationFrame(asked);
    asked = 0;
  };
  return ask;
}

const FIRST = 1000;
const LONGEST = 30_000;

/** Milliseconds to wait before the next of many tries; spread, so that not all pages come back at once. */
export const backoff = (tries) => Math.min(LONGEST, FIRST * 2 ** tries) * (0.75 + Math.random() / 2);
