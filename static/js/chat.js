import { AccountController } from "./controllers/account_controller.js";
import { ChatController } from "./controllers/chat_controller.js";
import { wake } from "./controllers/controller.js";
import { ConversationsController } from "./controllers/conversations_controller.js";
import { DemoController } from "./controllers/demo_controller.js";
import { HelpController } from "./controllers/help_controller.js";

wake({
  account: AccountController, help: HelpController, chat: ChatController, conversations: ConversationsController,
  demo: DemoController,
});
