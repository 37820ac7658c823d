import { Controller } from "./controller.js";

/** A part of the article's page: drawn whenever something has come, and allowed to ask for more. */
export class LivePart extends Controller {
  constructor(element, viewing) {
    super(element);
    this.viewing = viewing;
  }
}
