import { describe } from "../helpers/describe.js";
import { say } from "./dom.js";
import { LivePart } from "./live_part.js";

const CONNECTION = { opening: "Opening the article", lost: "Reconnecting…", missing: "" };

/** One line on what is going on. It is announced, so it changes with the stages, not with the words. */
export class StatusController extends LivePart {
  draw({ article, state, result }) {
    say(this.element, article.end ? describe(article, result) : (CONNECTION[state] ?? describe(article)));
  }
}
