const SMALLER = "dialog[open], .note:not([hidden])"; // it is closed by what it belongs to

/** What the keys do while an article is changed: each a function. B and I are the browser's. */
export function pressed(event, { save, link, leave }) {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape" && !document.querySelector(SMALLER)) return leave();
  const does = event.ctrlKey || event.metaKey ? { s: save, k: link }[event.key] : null;
  if (!does) return;
  event.preventDefault();
  does();
}
