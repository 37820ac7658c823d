import { ArticleController } from "./article_controller.js";
import { CopyController } from "./copy_controller.js";
import { DraftsController } from "./drafts_controller.js";
import { FailureController } from "./failure_controller.js";
import { ProgressController } from "./progress_controller.js";
import { StatusController } from "./status_controller.js";
import { StepsController } from "./steps_controller.js";
import { StopController } from "./stop_controller.js";

/** What the live page is made of: the part in its markup, and who draws it. */
export const LIVE_PARTS = {
  progress: ProgressController,
  steps: StepsController,
  status: StatusController,
  stop: StopController,
  copy: CopyController,
  failure: FailureController,
  drafts: DraftsController,
  article: ArticleController,
};
