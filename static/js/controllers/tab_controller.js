import { iconUrl } from "../api.js";
import { percent } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { Progress } from "../models/progress.js";
import { LivePart } from "./controller.js";
import { titleOf } from "./head_controller.js";

const MARKS = {
  review: phrase("live.mark_review"),
  done: "✓",
  failed: phrase("state.failed"),
  stopped: phrase("state.cancelled"),
};
const NEWS = { done: phrase("live.notify_done"), failed: phrase("live.notify_failed"), stopped: phrase("live.notify_stopped") };
const can = () => "Notification" in window && isSecureContext;

/** How the article stands, told by the tab: its title, its icon, and a notification for who allows it. */
export class TabController extends LivePart {
  #progress = new Progress();
  #icon = document.querySelector('link[rel="icon"]');
  #usual = this.#icon.href;
  #watched = false; // it was seen at work
  #told = false;

  connect() {
    this.listen(this.element, "click", async () => {
      await Notification.requestPermission();
      this.draw(this.viewing);
    });
    this.listen(document, "visibilitychange", () => document.hidden || this.draw(this.viewing));
  }

  draw(viewing) {
    const { article, state } = viewing;
    const how = stateOf(viewing);
    if (how === "running" && state !== "opening") this.#watched = true;
    const unseen = this.#watched && (document.hidden || how !== "done");
    const mark = how === "running" ? percent(this.#progress.of(article) / 100) : unseen ? MARKS[how] : "";
    const title = state === "missing" ? phrase("live.not_found") : titleOf(viewing);
    document.title = [mark, `${title || phrase("word.loading")} · Pressroom`].filter(Boolean).join(" · ");
    const icon = this.#watched && how !== "review" ? iconUrl(how).href : this.#usual;
    if (this.#icon.href !== icon) this.#icon.href = icon;
    this.element.hidden = how !== "running" || state === "opening" || !can() || Notification.permission !== "default";
    if (article.end && this.#watched && !this.#told) this.#tell(title, how);
    this.#told = Boolean(article.end);
  }

  #tell(title, how) {
    if (!document.hidden || !can() || Notification.permission !== "granted") return;
    const notification = new Notification(title, { body: NEWS[how], icon: iconUrl(how).href });
    notification.addEventListener("click", () => window.focus());
  }
}

function stateOf({ article: { end, status } }) {
  if (!end) return status === "awaiting_review" ? "review" : "running";
  if (end.type === "error") return "failed";
  return end.status === "completed" ? "done" : "stopped";
}
