import { wake } from "./controllers/controller.js";
import { SignInController } from "./controllers/sign_in_controller.js";

wake({ "sign-in": SignInController });
