import { make } from "./dom.js";

const citation = /\[(\d{1,3})\]/g;

/** Names the sections, gives each its button, and turns citations into links to the sources they stand for. */
export function annotate(root, { cited_sources: cited = [], research_data: research }) {
  sections(root);
  for (const table of root.querySelectorAll("table, pre")) table.tabIndex = 0; // they may have to be scrolled
  const sources = new Map([...(research?.sources ?? []), ...cited].map((source) => [String(source.id), source]));
  if (sources.size) cite(root, sources);
}

function sections(root) {
  root.querySelectorAll(":scope > h2").forEach((heading, i) => {
    heading.id = `section-${i + 1}`;
    heading.dir = "auto";
    const button = make("button", { type: "button", class: "rewrite-this", "data-section": i + 1 }, "Rewrite");
    button.ariaLabel = `Rewrite “${heading.textContent}”`;
    heading.after(button);
  });
}

function cite(root, sources) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, ({ parentElement }) =>
    parentElement.closest("a, code, pre, button") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const texts = [];
  while (walker.nextNode()) if (walker.currentNode.data.includes("[")) texts.push(walker.currentNode);
  for (const text of texts) text.replaceWith(...cited(text.data, sources));
}

function cited(text, sources) {
  const parts = [];
  let from = 0;
  for (const { 0: mark, 1: id, index } of text.matchAll(citation)) {
    if (!sources.has(id)) continue;
    parts.push(text.slice(from, index).trimEnd(), link(id, sources.get(id))); // a raised figure stands close
    from = index + mark.length;
  }
  return [...parts, text.slice(from)];
}

const link = (id, { title }) =>
  make("a", { class: "cite", href: `#source-${id}`, "data-source": id, "aria-label": `Source ${id}: ${title}` }, id);
