import { ArticleController } from "./article_controller.js";
import { ContentsController } from "./contents_controller.js";
import { DraftsController } from "./drafts_controller.js";
import { EditorController } from "./editor_controller.js";
import { FactsController } from "./facts_controller.js";
import { FailureController } from "./failure_controller.js";
import { LogController } from "./log_controller.js";
import { PictureController } from "./picture_controller.js";
import { ProgressController } from "./progress_controller.js";
import { RemovalController } from "./removal_controller.js";
import { ReviewController } from "./review_controller.js";
import { SeoController } from "./seo_controller.js";
import { SourcesController } from "./sources_controller.js";
import { StatusController } from "./status_controller.js";
import { StepsController } from "./steps_controller.js";
import { StopController } from "./stop_controller.js";
import { TalkAboutController } from "./talk_about_controller.js";
import { TimelineController } from "./timeline_controller.js";
import { ToolsController } from "./tools_controller.js";
import { VersionsController } from "./versions_controller.js";

/** What the article's page is made of: the part in its markup, and who draws it. */
export const LIVE_PARTS = {
  progress: ProgressController,
  steps: StepsController,
  status: StatusController,
  stop: StopController,
  tools: ToolsController,
  failure: FailureController,
  review: ReviewController,
  facts: FactsController,
  seo: SeoController,
  timeline: TimelineController,
  log: LogController,
  drafts: DraftsController,
  editor: EditorController,
  versions: VersionsController,
  picture: PictureController,
  article: ArticleController,
  contents: ContentsController,
  sources: SourcesController,
  "talk-about": TalkAboutController,
  removal: RemovalController,
};
