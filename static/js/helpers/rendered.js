/** Shows Markdown as the server has rendered and cleaned it: the only HTML that is not written in a file of ours. */
export function showRendered(element, html) {
  element.innerHTML = html;
}
