import { serverUrl } from "../api.js";
import { LivePart } from "./live_part.js";

export class PictureController extends LivePart {
  connect() {
    this.listen(this.element.firstElementChild, "error", () => (this.element.hidden = true));
  }

  draw({ result, mode }) {
    const [image] = this.element.children;
    const url = result?.image_url && serverUrl(result.image_url)?.href;
    if (url && image.src !== url) Object.assign(image, { src: url, alt: result.image_alt ?? "" });
    this.element.hidden = !url || mode !== "read" || (image.complete && !image.naturalWidth);
  }
}
