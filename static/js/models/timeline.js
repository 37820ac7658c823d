import { worked } from "../helpers/worked.js";

/** What ran when: a bar for each stage and section, as shares of the time in which anything ran. */
export function timeline(article, names) {
  const now = article.clock.now();
  const rows = article.plan.stages.flatMap((stage) =>
    stage === "content" ? sections(article, names) : [{ stage, section: null, label: names[stage] }],
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

function lasted(article, part, now) {
  if (!part) return {};
  const end = part.ended ?? (article.end ? part.began : now);
  return { status: part.status, began: part.began, ended: Math.max(part.began, end) };
}

function sections({ sections }, names) {
  if (!sections.length) return [{ stage: "content", section: 0, label: names.content }];
  return sections.map((_, i) => ({ stage: "content", section: i + 1, label: `Section ${i + 1}` }));
}
