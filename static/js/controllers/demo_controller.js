import { health } from "../api.js";
import { Controller } from "./controller.js";

/** Says plainly when no language model is at work, or one that nobody named. */
export class DemoController extends Controller {
  async connect() {
    const { model } = await health().catch(() => ({}));
    if (model?.note && !model.demo) {
      this.element.textContent = `${model.note}.`;
    }
    this.element.hidden = !model?.note;
  }
}
