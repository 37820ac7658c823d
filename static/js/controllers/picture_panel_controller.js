import { number } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { describePicture, removePicture, upload } from "../api.js";
import { Problem } from "../asking.js";
import { server } from "../models/server.js";
import { Deletion } from "./deletion.js";
import { setText, setTextBriefly } from "./dom.js";
import { ExtraPanel } from "./extra_panel.js";

const MB = 1_000_000;

/** The article's picture: made by the model, or brought along; described, and removed. */
export class PicturePanelController extends ExtraPanel {
  #uploading = null; // by which it is taken back
  #brought = false; // a picture that is still to be described
  #deletion = null;

  constructor(element, viewing) {
    super(element, viewing, { name: "picture-panel", stage: "image" });
  }

  build() {
    super.build();
    this.#deletion = new Deletion(
      document.querySelector("[data-part=picture-removal]"),
      ([version], keepalive) => this.#removed(version, keepalive),
      (_, how) => this.#removalChanged(how),
    );
    this.#deletion.connect(this);
    setText(this.part("limit"), phrase("picture.limit", { most: number(server.max_picture / MB) }));
    this.part("renew").querySelector("fieldset").disabled = !server.images;
    this.part("no-model").hidden = server.images;
    this.listen(this.part("renew"), "submit", () => this.#make());
    this.listen(this.part("file"), "change", () => this.#send(this.part("file").files));
    this.listen(this.part("describe"), "submit", () => this.#describe());
    this.listen(this.part("describe"), "input", () => this.#count());
    this.listen(this.element, "click", ({ target }) => {
      if (target.dataset.part === "choose") this.part("file").click();
      if (target.dataset.part === "remove") this.#remove();
      if (target.dataset.part === "stop-upload") this.#uploading?.abort();
    });
    this.#takeDrops();
  }

  show(result, before) {
    const { alt } = this.part("describe").elements;
    const written = before && alt.value !== (before.image_alt ?? "") && before.image_url === result.image_url;
    if (!written) alt.value = result.image_alt ?? "";
    this.part("there").hidden = !result.image_url;
    if (before && before.image_url !== result.image_url) this.#removalChanged("replaced");
    setText(this.part("make"), phrase(result.image_url ? "picture.make_new" : "picture.make"));
    this.#count();
    if (this.#brought) alt.focus();
    this.#brought = false;
  }

  #make() {
    const wish = this.part("renew").elements.wish.value.trim();
    this.renew({ version: this.viewing.result.image_version, wish }, this.part("renew-error"));
  }

  /** What is dropped beside the place for it does not take the page away. */
  #takeDrops() {
    const zone = this.part("drop");
    for (const type of ["dragover", "drop"])
      this.listen(document, type, (event) => {
        if (this.element.hidden || !event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        const over = zone.contains(event.target);
        zone.toggleAttribute("data-over", over && type === "dragover");
        if (over && type === "drop") this.#send(event.dataTransfer.files);
      });
    this.listen(zone, "dragleave", ({ relatedTarget }) => {
      if (!zone.contains(relatedTarget)) zone.removeAttribute("data-over");
    });
  }

  async #send(files) {
    const [file] = files;
    if (!file || this.#uploading) return;
    this.clear();
    this.#uploading = new AbortController();
    this.#showUpload();
    try {
      demandSmall(file);
      await upload(this.viewing.id, this.viewing.result.image_version, file, this.#uploading.signal);
      this.#brought = true;
      await this.viewing.refresh();
    } catch (problem) {
      if (!this.#uploading.signal.aborted) this.refuse(this.part("upload-error"), problem);
    } finally {
      this.#uploading = null;
      this.part("file").value = "";
      this.#showUpload();
    }
  }

  #showUpload() {
    this.part("uploading").hidden = !this.#uploading;
    this.part("choosing").hidden = Boolean(this.#uploading);
  }

  #count() {
    const { alt } = this.part("describe").elements;
    const length = [...alt.value].length;
    setText(this.part("count"), phrase("picture.length", { n: number(length), most: number(alt.maxLength) }));
  }

  async #describe() {
    const { alt } = this.part("describe").elements;
    this.clear();
    try {
      const change = { version: this.viewing.result.image_version, alt: alt.value.replace(/\s+/g, " ").trim() };
      await describePicture(this.viewing.id, change);
      await this.viewing.refresh();
      setTextBriefly(this.part("save"), phrase("word.saved"), phrase("picture.save"));
    } catch (problem) {
      this.refuse(this.part("describe-error"), problem);
    }
  }

  #remove() {
    this.clear();
    const { image_version: version } = this.viewing.result;
    if (!this.#deletion.has(version)) this.#deletion.begin([version], phrase("picture.it")).focus();
  }

  /** One that was replaced meanwhile is gone already. */
  async #removed(version, keepalive) {
    await removePicture(this.viewing.id, version, keepalive).catch((problem) => {
      if (problem.status !== 409) throw problem;
    });
  }

  #removalChanged(how) {
    document.querySelector("[data-part=picture]").toggleAttribute("data-removing", how === "begun");
    this.part("there").toggleAttribute("data-removing", how === "begun");
    if (how === "undone") this.part("remove").focus();
    if (how === "done" || how === "failed") this.viewing.refresh();
  }
}

function demandSmall({ size }) {
  const most = server.max_picture;
  if (size > most) throw new Problem({ code: "body_too_large", params: { reason: "picture", most: most / MB } });
}
