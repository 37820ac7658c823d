import { say } from "./dom.js";
import { LivePart } from "./live_part.js";

/** The article as a search engine would show it. */
export class SeoController extends LivePart {
  draw({ result }) {
    const seo = result?.seo_meta;
    this.element.hidden = !seo;
    if (!seo) return;
    const [place, title, text, keywords] = this.element.querySelector(".seo").children;
    say(place, `${location.host} › ${seo.slug}`);
    say(title, seo.title);
    say(text, seo.meta_description);
    say(keywords, seo.keywords?.join(" · ") ?? "");
  }
}
