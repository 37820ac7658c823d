import { duration, sentence, words } from "./phrases.js";

const WORKING = {
  research: () => "Looking for sources",
  outline: () => "Planning the outline",
  content: ({ sections, rewriting }) =>
    rewriting
      ? `Rewriting section ${rewriting}`
      : sections.length > 1
        ? `Writing ${sections.length} sections`
        : "Writing the section",
  style: () => "Styling the article",
  seo: () => "Finishing touches",
  image: () => "Finishing touches",
};

/** What is going on with an article, in one line. */
export function describe(article, result) {
  const { end, status, place, latest } = article;
  if (end) return describeEnd({ ...end, words: result?.words ?? end.words });
  if (status === "pending") return place > 1 ? `Waiting: number ${place} in the queue` : "Next in the queue";
  if (status === "awaiting_review") return "The outline is ready for your review";
  if (!latest) return "Starting";
  if (latest.status === "retrying") return sentence(latest.message);
  return WORKING[latest.stage]?.(article) ?? sentence(latest.message);
}

function describeEnd(end) {
  if (end.type === "error") return "Not finished";
  const what = `${words(end.words)} in ${duration(end.elapsed_ms, true)}`;
  if (end.status === "completed") return `Finished: ${what}`;
  return end.words ? `Stopped: ${what}` : "Stopped before anything was written";
}
