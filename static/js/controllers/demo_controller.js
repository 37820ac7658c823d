import { health } from "../api.js";
import { Controller } from "./controller.js";

/** Says plainly when no language model is at work. */
export class DemoController extends Controller {
  async connect() {
    const { model } = await health().catch(() => ({}));
    this.element.hidden = !model?.demo;
  }
}
