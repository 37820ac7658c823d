import { phrase } from "../helpers/say.js";
import { setSearchText } from "../api.js";
import { cut, DESCRIPTION, lengthSaid, measured, TITLE } from "../helpers/search_lengths.js";
import { clearErrors, showErrors } from "./field_errors.js";
import { setText, setTextBriefly } from "./dom.js";
import { ExtraPanel } from "./extra_panel.js";

const ROOM = { title: TITLE, meta_description: DESCRIPTION };

/** What search engines show of the article: written by the model for the text that there is, or by hand. */
export class SearchPanelController extends ExtraPanel {
  #kept = false; // what was written here was not saved, and stays to be saved again

  constructor(element, viewing) {
    super(element, viewing, { name: "search-panel", stage: "seo" });
  }

  build() {
    super.build();
    this.listen(this.part("renew"), "click", ({ target }) => target.matches("button") && this.#write());
    this.listen(this.#form, "submit", () => this.#save());
    this.listen(this.#form, "input", ({ target }) => {
      clearErrors(this.#form, target);
      this.#preview();
    });
  }

  get #form() {
    return this.part("fields");
  }

  show(result, before) {
    const seo = result.seo_meta;
    const newer = !before || before.seo_version !== result.seo_version;
    if (newer && !this.#kept) this.#fill(seo, result.title);
    this.#kept = false;
    const outdated = Boolean(seo) && !result.seo_fits;
    setText(this.part("state"), outdated ? OUTDATED : seo ? FITS : NONE);
    this.part("state").toggleAttribute("data-outdated", outdated);
    setText(this.part("write"), phrase(seo ? "search.anew" : "search.write"));
    this.#preview();
  }

  #fill(seo, title) {
    const { elements } = this.#form;
    clearErrors(this.#form);
    setText(this.part("save-error"), "");
    elements.title.value = seo?.title ?? title;
    elements.meta_description.value = seo?.meta_description ?? "";
    elements.keywords.value = seo?.keywords.join(", ") ?? "";
    elements.slug.value = seo?.slug ?? "";
  }

  #write() {
    this.renew({ version: this.viewing.result.seo_version }, this.part("renew-error"));
  }

  #preview() {
    const { elements } = this.#form;
    for (const [name, room] of Object.entries(ROOM)) {
      const text = elements[name].value.trim();
      setText(this.part(`length-${name}`), lengthSaid(text, room));
      this.part(`bar-${name}`).style.setProperty("--share", Math.min(1, measured(text, room).share));
    }
    const [place, title, text] = this.part("preview").children;
    setText(place, `${location.host} › ${elements.slug.value.trim() || "…"}`);
    setText(title, cut(elements.title.value.trim(), TITLE));
    setText(text, cut(elements.meta_description.value.trim(), DESCRIPTION));
  }

  async #save() {
    const { title, meta_description, keywords, slug } = this.#form.elements;
    const error = this.part("save-error");
    setText(error, "");
    try {
      await setSearchText(this.viewing.id, {
        version: this.viewing.result.seo_version,
        title: title.value,
        meta_description: meta_description.value.replace(/\s+/g, " "),
        keywords: keywords.value.split(/[,，、\n]/).map((each) => each.trim()).filter(Boolean),
        slug: slug.value,
      });
      await this.viewing.refresh();
      setTextBriefly(this.part("save"), phrase("word.saved"), phrase("word.save"));
    } catch (problem) {
      this.#kept = problem.status === 409;
      if (this.#kept) return this.refuse(error, problem);
      showErrors(this.#form, problem, { rest: error });
    }
  }
}

const FITS = phrase("search.fits");
const OUTDATED = phrase("search.outdated");
const NONE = phrase("search.none");
