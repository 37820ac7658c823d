import { AccountController } from "./controllers/account_controller.js";
import { ComposeController } from "./controllers/compose_controller.js";
import { wake } from "./controllers/controller.js";
import { DemoController } from "./controllers/demo_controller.js";
import { HelpController } from "./controllers/help_controller.js";
import { ModelController } from "./controllers/model_controller.js";
import { RecentController } from "./controllers/recent_controller.js";

wake({
  account: AccountController, help: HelpController, compose: ComposeController, recent: RecentController,
  demo: DemoController, model: ModelController,
});
