import { phrase } from "../helpers/say.js";

/** How far along an article is: the server's word, and between two of them a guess by words. Never falls. */

const USUAL = 70; // words; a section is mostly written after twice as many
const ALMOST = 0.97; // only the server says that something is completed

export class Progress {
  #run = 0;
  #highest = 0;

  of(article) {
    if (article.run !== this.#run) this.#highest = 0;
    this.#run = article.run;
    return (this.#highest = Math.max(this.#highest, article.progress, guess(article)));
  }
}

function guess(article) {
  const { plan, sections } = article;
  const drafts = sections.map((_, i) => article.text("content", i + 1).words);
  if (!drafts.length || article.rewriting) return 0;
  const styled = article.text("style", null).words;
  if (article.stage("style").status() !== "waiting")
    return within(plan.share("style"), styled / (sum(drafts) || USUAL));
  return within(plan.share("content"), sum(drafts.map((words) => 1 - Math.exp(-words / USUAL))) / drafts.length);
}

const within = ({ start, end }, share) => start + (end - start) * Math.min(ALMOST, share);
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** What ran when: a bar for each stage and section, as shares of the time in which anything ran. */
export function timeline(article, labelOf) {
  const now = article.clock.now();
  const rows = article.plan.stages.flatMap((stage) =>
    stage === "content" ? sections(article, labelOf) : [{ stage, section: null, label: labelOf(stage) }],
  );
  const lasting = rows.map((row) => ({ ...row, ...lasted(article, article.stage(row.stage).part(row.section), now) }));
  const scale = worked(lasting.filter(({ began }) => began).map(({ began, ended }) => [began, ended]));
  const share = (moment) => Math.min(1, scale.at(moment) / Math.max(1, scale.total));
  const bar = ({ label, section, status, began, ended }) =>
    began
      ? { label, section, status, from: share(began), to: share(ended), elapsed: ended - began }
      : { label, section, status: "waiting", from: 0, to: 0, elapsed: null };
  return { bars: lasting.map(bar), total: scale.total };
}

/** The same scale for other moments: of an article of which nothing is known yet, plain time. */
export function scaleOf(article) {
  const spans = article.plan.stages
    .flatMap((stage) => article.stage(stage).parts)
    .map(({ began, ended }) => [began, ended ?? (article.end ? began : article.clock.now())]);
  return spans.length ? worked(spans) : { at: (moment) => moment };
}

function lasted(article, part, now) {
  if (!part) return {};
  const end = part.ended ?? (article.end ? part.began : now);
  return { status: part.status, began: part.began, ended: Math.max(part.began, end) };
}

function sections({ sections }, labelOf) {
  if (!sections.length) return [{ stage: "content", section: 0, label: labelOf("content") }];
  return sections.map((_, i) => ({ stage: "content", section: i + 1, label: phrase("word.section", { section: i + 1 }) }));
}

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
