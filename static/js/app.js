/** Wakes the controllers that the page's markup names. */

import { ComposeController } from "./controllers/compose_controller.js";
import { DemoController } from "./controllers/demo_controller.js";
import { LiveController } from "./controllers/live_controller.js";

const controllers = { compose: ComposeController, demo: DemoController, live: LiveController };

for (const element of document.querySelectorAll("[data-controller]")) {
  new controllers[element.dataset.controller](element).connect();
}
