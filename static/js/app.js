/** Wakes the controllers that the page's markup names. */

import { ChatController } from "./controllers/chat_controller.js";
import { ComposeController } from "./controllers/compose_controller.js";
import { ConversationsController } from "./controllers/conversations_controller.js";
import { DemoController } from "./controllers/demo_controller.js";
import { LibraryController } from "./controllers/library_controller.js";
import { LiveController } from "./controllers/live_controller.js";
import { RecentController } from "./controllers/recent_controller.js";
import { RunningController } from "./controllers/running_controller.js";

const controllers = {
  chat: ChatController,
  compose: ComposeController,
  conversations: ConversationsController,
  demo: DemoController,
  library: LibraryController,
  live: LiveController,
  recent: RecentController,
  running: RunningController,
};

for (const element of document.querySelectorAll("[data-controller]")) {
  new controllers[element.dataset.controller](element).connect();
}
