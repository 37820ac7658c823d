import { preview } from "../api.js";

/** Shows Markdown as the server renders it; false if there was no answer. */
export async function showRendered(element, markdown) {
  const answer = await preview(markdown).catch(() => null);
  if (!answer) return false;
  // The only HTML that is not written in a file of ours: rendered and cleaned by the server, from text.
  element.innerHTML = answer.html;
  return true;
}
