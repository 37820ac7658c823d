import { AccountController } from "./controllers/account_controller.js";
import { wake } from "./controllers/controller.js";
import { HelpController } from "./controllers/help_controller.js";
import { LiveController } from "./controllers/live_controller.js";

wake({ account: AccountController, help: HelpController, live: LiveController });
