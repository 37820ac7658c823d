import { wake } from "./controllers/controller.js";
import { LibraryController } from "./controllers/library_controller.js";
import { RunningController } from "./controllers/running_controller.js";

wake({ library: LibraryController, running: RunningController });
