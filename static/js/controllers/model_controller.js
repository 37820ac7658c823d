import { health } from "../api.js";
import { sentence } from "../helpers/phrases.js";
import { phrase, say } from "../helpers/say.js";
import { Controller } from "./controller.js";
import { make, setText } from "./dom.js";

/** Which model writes, in a line; and on demand what it can, as far as that is known. */
export class ModelController extends Controller {
  async connect() {
    const { model } = await health().catch(() => ({}));
    if (!model || model.demo) return; // of the demo model the page tells more
    const can = model.can ?? [];
    setText(this.part("name"), phrase(`model.${model.kind}`, model));
    this.part("can").replaceChildren(...can.map((each) => make("li", {}, sentence(say(each)))));
    this.part("can").hidden = !can.length;
    this.part("unknown").hidden = Boolean(can.length);
    this.element.hidden = false;
  }
}
