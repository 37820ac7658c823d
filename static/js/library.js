import { AccountController } from "./controllers/account_controller.js";
import { wake } from "./controllers/controller.js";
import { HelpController } from "./controllers/help_controller.js";
import { LibraryController } from "./controllers/library_controller.js";
import { RunningController } from "./controllers/running_controller.js";

wake({ account: AccountController, help: HelpController, library: LibraryController, running: RunningController });
