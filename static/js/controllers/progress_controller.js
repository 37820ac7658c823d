import { Progress } from "../models/progress.js";
import { Controller } from "./controller.js";

export class ProgressController extends Controller {
  #progress = new Progress();

  draw({ article }) {
    const percent = this.#progress.of(article);
    this.element.style.setProperty("--done", (percent / 100).toFixed(4));
    this.element.ariaValueNow = Math.round(percent);
  }
}
