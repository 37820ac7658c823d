const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** Round seconds to write on an axis of so many milliseconds; few of them. */
export function ticks(total, most = 4) {
  const step =
    STEPS.find((seconds) => total / 1000 / seconds <= most) ?? STEPS.at(-1) * Math.ceil(total / 3.6e6 / most);
  return Array.from({ length: Math.floor(total / 1000 / step) }, (_, i) => (i + 1) * step);
}

export const clock = (seconds) =>
  seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
