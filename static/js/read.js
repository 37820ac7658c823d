import { ReadingController } from "./controllers/reading_controller.js";

new ReadingController(document.querySelector("main")).connect();
