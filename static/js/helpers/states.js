/** The words of the wire as people read them. */

export const STAGES = {
  research: "Research",
  outline: "Outline",
  content: "Sections",
  style: "Style",
  seo: "Search",
  image: "Picture",
};

export const STAGE_STATES = {
  waiting: "to come",
  started: "at work",
  running: "at work",
  retrying: "trying again",
  completed: "done",
  skipped: "skipped",
  failed: "failed",
  cancelled: "stopped",
};

export const ARTICLE_STATES = {
  pending: "Waiting",
  processing: "Being written",
  awaiting_review: "Outline to review",
  completed: "Finished",
  failed: "Failed",
  cancelled: "Stopped",
};

export const VERSION_REASONS = {
  written: "As written",
  edited: "Edited",
  restored: "Restored",
  rewritten: "Section rewritten",
  retried: "Written again",
};
