import { preview } from "../api.js";

/** Shows what the server has rendered and cleaned, from text: the only HTML that is not written in a file of ours. */
export function showHtml(element, html) {
  element.innerHTML = html;
}

/** Shows Markdown as the server renders it; false if there was no answer. */
export async function showRendered(element, markdown) {
  const answer = await preview(markdown).catch(() => null);
  if (answer) showHtml(element, answer.html);
  return Boolean(answer);
}
