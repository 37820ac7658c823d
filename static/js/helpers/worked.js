const PAUSE = 1500;

/** Time in which nothing ran counts little: maps moments to milliseconds on a scale without long pauses. */
export function worked(spans) {
  const cuts = [];
  let last = -Infinity;
  let skipped = 0;
  for (const [began, ended] of spans.toSorted(([a], [b]) => a - b)) {
    if (last === -Infinity) skipped = began;
    else if (began - last > PAUSE) skipped += began - last - PAUSE;
    cuts.push({ from: began, skipped });
    last = Math.max(last, ended);
  }
  const at = (moment) => moment - (cuts.findLast(({ from }) => from <= moment) ?? cuts[0]).skipped;
  return { at, total: cuts.length ? at(last) : 0 };
}
