import { wake } from "./controllers/controller.js";
import { LiveController } from "./controllers/live_controller.js";

wake({ live: LiveController });
