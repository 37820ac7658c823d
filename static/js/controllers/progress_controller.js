import { Progress } from "../models/progress.js";
import { LivePart } from "./live_part.js";

export class ProgressController extends LivePart {
  #progress = new Progress();

  draw({ article }) {
    const percent = this.#progress.of(article);
    this.element.style.setProperty("--done", (percent / 100).toFixed(4));
    this.element.ariaValueNow = Math.round(percent);
  }
}
