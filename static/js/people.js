import { AccountController } from "./controllers/account_controller.js";
import { AccountsController } from "./controllers/accounts_controller.js";
import { AuditController } from "./controllers/audit_controller.js";
import { wake } from "./controllers/controller.js";
import { HelpController } from "./controllers/help_controller.js";
import { KeysController } from "./controllers/keys_controller.js";
import { UsageController } from "./controllers/usage_controller.js";

wake({
  account: AccountController,
  accounts: AccountsController,
  audit: AuditController,
  help: HelpController,
  keys: KeysController,
  usage: UsageController,
});
