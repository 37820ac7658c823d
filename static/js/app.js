/** Wakes the controllers that the page's markup names. */

import { ChatController } from "./controllers/chat_controller.js";
import { ComposeController } from "./controllers/compose_controller.js";
import { ConversationsController } from "./controllers/conversations_controller.js";
import { DemoController } from "./controllers/demo_controller.js";
import { LiveController } from "./controllers/live_controller.js";

const controllers = {
  chat: ChatController,
  compose: ComposeController,
  conversations: ConversationsController,
  demo: DemoController,
  live: LiveController,
};

for (const element of document.querySelectorAll("[data-controller]")) {
  new controllers[element.dataset.controller](element).connect();
}
