import { ArticleController, PictureController } from "./article_controller.js";
import { EditorController } from "./editor_controller.js";
import { ProgressController, StatusController, StepsController, StopController, StripController, WaitingController } from "./run_parts.js";
import { DraftsController } from "./drafts_controller.js";
import { FailureController } from "./failure_controller.js";
import { FollowController } from "./follow_controller.js";
import { HeadController } from "./head_controller.js";
import { HistoryController } from "./history_controller.js";
import { OfferController } from "./offer_controller.js";
import { PassageController } from "./passage_controller.js";
import { ContentsController, DetailsController, FactsController, LogController, SeoController } from "./panels.js";
import { PicturePanelController } from "./picture_panel_controller.js";
import { ReviewController } from "./review_controller.js";
import { SearchPanelController } from "./search_panel_controller.js";
import { SharePanelController } from "./share_panel_controller.js";
import { SourcesController } from "./sources_controller.js";
import { ArticleChatController } from "./article_chat_controller.js";
import { TabController } from "./tab_controller.js";
import { TimelineController } from "./timeline_controller.js";
import { RemovalController, ToolsController } from "./tools_controller.js";
import { VersionsController } from "./versions_controller.js";

/** What the article's page is made of: the part in its markup, and who draws it. */
export const LIVE_PARTS = {
  head: HeadController,
  strip: StripController,
  progress: ProgressController,
  steps: StepsController,
  status: StatusController,
  stop: StopController,
  history: HistoryController,
  tools: ToolsController,
  failure: FailureController,
  review: ReviewController,
  "details-switch": DetailsController,
  facts: FactsController,
  seo: SeoController,
  timeline: TimelineController,
  log: LogController,
  article: ArticleController, // before who writes in it
  drafts: DraftsController, // makes room for it
  editor: EditorController,
  versions: VersionsController,
  offer: OfferController,
  picture: PictureController,
  passage: PassageController,
  "picture-panel": PicturePanelController,
  "search-panel": SearchPanelController,
  "share-panel": SharePanelController,
  waiting: WaitingController,
  contents: ContentsController,
  sources: SourcesController,
  "article-chat": ArticleChatController,
  follow: FollowController,
  notify: TabController,
  removal: RemovalController,
};
