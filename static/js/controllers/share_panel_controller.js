import { when } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { share, shares, unshare } from "../api.js";
import { serverUrl } from "../asking.js";
import { copied, make, setText, setTextBriefly } from "./dom.js";
import { ExtraPanel } from "./extra_panel.js";

/** The links on which anybody may read the article: made, copied while they are told, and withdrawn. */
export class SharePanelController extends ExtraPanel {
  #made = null; // the server tells a link only once

  constructor(element, viewing) {
    super(element, viewing, { name: "share-panel" });
  }

  build() {
    super.build();
    this.part("copy").hidden = !navigator.clipboard;
    this.listen(this.part("make"), "click", () => this.#make());
    this.listen(this.part("copy"), "click", () => this.#copy());
    this.listen(this.part("link"), "focus", () => this.part("link").select());
    this.listen(this.part("links"), "click", ({ target }) => target.dataset.link && this.#withdraw(target));
  }

  opened() {
    this.#attempt(() => this.#list());
  }

  /** Says at its place what could not be done. */
  async #attempt(what) {
    const error = this.part("share-error");
    setText(error, "");
    await what().catch((problem) => this.refuse(error, problem));
  }

  async #make() {
    this.part("make").disabled = true;
    await this.#attempt(async () => {
      this.#made = await share(this.viewing.id);
      this.#show();
      this.part(navigator.clipboard ? "copy" : "link").focus();
      await this.#list();
    });
    this.part("make").disabled = false;
  }

  #show() {
    this.part("made").hidden = !this.#made;
    if (!this.#made) return;
    this.part("link").value = serverUrl(this.#made.url).href;
    setText(this.part("until"), phrase("shares.until", { date: when(this.#made.expires_at) }));
  }

  async #copy() {
    setTextBriefly(this.part("copy"), await copied(this.part("link").value), phrase("word.copy"));
  }

  async #list() {
    const links = await shares(this.viewing.id);
    this.part("links").replaceChildren(...links.map(item));
    this.part("none").hidden = links.length > 0;
  }

  async #withdraw(button) {
    const { link } = button.dataset;
    button.disabled = true;
    await this.#attempt(async () => {
      await unshare(this.viewing.id, link);
      if (this.#made?.id === link) this.#made = null;
      this.#show();
      await this.#list();
      this.element.querySelector("h2").focus({ preventScroll: true });
    });
    button.disabled = false;
  }
}

function item({ id, created_at, expires_at }) {
  const said = phrase("shares.made", { date: when(created_at) });
  const about = make("p", {}, said, " · ", make("span", { class: "quiet" }, phrase("shares.until", { date: when(expires_at) })));
  const name = `${phrase("shares.withdraw")} (${said})`;
  return make("li", {}, about, make("button", { class: "button", type: "button", "data-link": id, "aria-label": name }, phrase("shares.withdraw")));
}
