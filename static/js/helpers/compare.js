/** Which items two lists share: Myers' greedy walk, given up where it would cost too much. */

const MOST = 400; // differences looked for; beyond them all between the common ends is called different

const run = (kind, items) => ({ kind, items });

/** Runs [{ kind: "same" | "removed" | "added", items }], in order; what is removed before what is added in its place. */
export function compare(a, b) {
  const least = Math.min(a.length, b.length);
  let start = 0;
  let end = 0;
  while (start < least && a[start] === b[start]) start += 1;
  while (end < least - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const middle = walk(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return joined([run("same", a.slice(0, start)), ...middle, run("same", a.slice(a.length - end))]);
}

function walk(a, b) {
  const trace = [];
  const reach = new Map([[1, 0]]);
  for (let d = 0; d <= Math.min(MOST, a.length + b.length); d += 1) {
    trace.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      const down = goesDown(reach, k, d);
      let x = down ? reach.get(k + 1) : reach.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reach.set(k, x);
      if (x >= a.length && x - k >= b.length) return back(a, b, trace);
    }
  }
  return [run("removed", a), run("added", b)];
}

const goesDown = (reach, k, d) => k === -d || (k !== d && reach.get(k - 1) < reach.get(k + 1));

function back(a, b, trace) {
  const runs = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d >= 0; d -= 1) {
    const k = x - y;
    const down = goesDown(trace[d], k, d);
    const fromX = d && trace[d].get(down ? k + 1 : k - 1);
    const fromY = d && fromX - (down ? k + 1 : k - 1);
    for (; x > fromX && y > fromY; x -= 1, y -= 1) runs.push(run("same", [a[x - 1]]));
    if (d) runs.push(down ? run("added", [b[fromY]]) : run("removed", [a[fromX]]));
    [x, y] = [fromX, fromY];
  }
  return runs.reverse();
}

function joined(runs) {
  const result = [];
  const changed = { removed: [], added: [] };
  const settle = () => {
    for (const kind of ["removed", "added"]) {
      if (changed[kind].length) result.push(run(kind, changed[kind]));
      changed[kind] = [];
    }
  };
  for (const { kind, items } of runs) {
    if (!items.length) continue;
    if (kind !== "same") {
      changed[kind].push(...items);
      continue;
    }
    settle();
    const last = result.at(-1);
    if (last?.kind === "same") last.items.push(...items);
    else result.push(run("same", [...items]));
  }
  settle();
  return result;
}
