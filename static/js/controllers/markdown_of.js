/** What stands on the page as Markdown, in the style of the Markdown that it was made of. */

const MARKED = { STRONG: "**", B: "**", EM: "*", I: "*", S: "~~", DEL: "~~", STRIKE: "~~" };
const BLOCKS = "p, div, h1, h2, h3, h4, h5, h6, ul, ol, blockquote, pre, table, hr";
const SIDES = { "align-left": ":---", "align-center": ":---:", "align-right": "---:" };

const SIGNS = [
  [/\\(?=[!-/:-@[-`{-~])/g, "\\\\"],
  [/`/g, "\\`"],
  [/(?<=\S)\*|\*(?=\S)/g, "\\*"],
  [/(?<![\p{L}\p{N}\s])_(?=\S)|(?<=\S)_(?![\p{L}\p{N}\s])|(?<=\s|^)_(?=\S)|(?<=\S)_(?=\s|$)/gu, "\\_"],
  [/~~/g, "\\~~"],
  [/\[(?=[^\]]*\][([:])/g, "\\["],
  [/<(?=[a-z][a-z\d+.-]{1,31}:|[^\s<>@]+@)/gi, "\\<"],
  [/&(?=#?\w{1,32};)/g, "\\&"],
];
const BEGINNINGS = [
  [/^(#{1,6})(?=\s|$)/gm, "\\$1"],
  [/^([-+*])(?=\s|$)/gm, "\\$1"],
  [/^(\d{1,9})([.)])(?=\s|$)/gm, "$1\\$2"],
  [/^(>|~{3}|={2,}\s*$|-{2,}\s*$)/gm, "\\$1"],
];
const replaced = (text, patterns) => patterns.reduce((all, [from, to]) => all.replace(from, to), text);

/** One block, or what else stands at its place. `source` is what it was made of, if it was. */
export function markdownOf(block, source = "") {
  return new Writer(source).block(block);
}

/** Such an element stands for a piece of Markdown, and nobody writes in it. */
export const standsFor = (element, markdown) => Object.assign(element.dataset, { mark: markdown });

class Writer {
  #source;

  constructor(source) {
    this.#source = source;
  }

  block(node) {
    const name = node.nodeName;
    if (/^H[1-6]$/.test(name)) return `${"#".repeat(name[1])} ${oneLine(this.#inline(node))}`.trim();
    if (name === "UL" || name === "OL") return this.#list(node);
    if (name === "BLOCKQUOTE") return this.#blocks(node, "\n\n").replace(/^/gm, "> ").replace(/^> $/gm, ">");
    if (name === "PRE") return this.#code(node);
    if (name === "TABLE") return this.#table(node);
    if (name === "HR") return this.#source || "---";
    if (name === "DIV" && node.querySelector(BLOCKS)) return this.#blocks(node, "\n\n");
    return paragraph(node.nodeType === Node.TEXT_NODE ? this.#text(node.data) : this.#inline(node));
  }

  /** The blocks in an element; what stands between them in lines is one, too. */
  #blocks(element, gap) {
    const blocks = [];
    let line = null;
    for (const node of element.childNodes) {
      const isBlock = node.nodeType === Node.ELEMENT_NODE && node.matches(BLOCKS);
      if (isBlock) blocks.push(this.block(node));
      else if (line === null) blocks.push((line = this.#node(node)));
      else blocks[blocks.length - 1] = line += this.#node(node);
      if (isBlock) line = null;
      else if (node === element.lastChild || node.nextSibling?.matches?.(BLOCKS)) blocks.push(paragraph(blocks.pop()));
    }
    return blocks.filter((block) => block.trim()).join(gap);
  }

  #list(list) {
    const items = [...list.children];
    const loose = items.some((item) => item.querySelector(":scope > p"));
    const bullet = /^\s*([-*+])\s/m.exec(this.#source)?.[1] ?? "-";
    const behind = /^\s*\d{1,9}([.)])\s/m.exec(this.#source)?.[1] ?? ".";
    const first = Number(list.getAttribute("start") ?? 1);
    const lines = items.map((item, n) => {
      if (item.matches("ul, ol")) return this.block(item).replace(/^(?=.)/gm, "  ");
      const mark = list.nodeName === "OL" ? `${first + n}${behind} ` : `${bullet} `;
      const text = this.#blocks(item, loose ? "\n\n" : "\n");
      return mark + text.replace(/\n(?=.)/g, `\n${" ".repeat(mark.length)}`);
    });
    return lines.join(loose ? "\n\n" : "\n");
  }

  #code(pre) {
    const text = pre.textContent.replace(/\n$/, "");
    const [, opening, fence] = /^( {0,3}(`{3,}|~{3,})[^\n]*)/.exec(this.#source) ?? [];
    if (fence && !text.includes(fence)) return `${opening}\n${text}\n${fence}`;
    const marks = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
    return `${marks}\n${text}\n${marks}`;
  }

  #table(table) {
    const rows = [...table.rows].map(({ cells }) => [...cells]);
    if (!rows.length) return "";
    const sides = rows[0].map(({ className }) => SIDES[className] ?? "---");
    const lines = rows.map((cells) => cells.map((cell) => oneLine(this.#inline(cell)).replace(/\|/g, "\\|")));
    return [lines[0], sides, ...lines.slice(1)].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  }

  #inline(element) {
    return [...element.childNodes].map((node) => this.#node(node)).join("");
  }

  #node(node) {
    if (node.nodeType === Node.TEXT_NODE) return this.#text(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || node.nodeName === "BUTTON") return "";
    if (node.dataset.mark !== undefined) return node.dataset.mark;
    if (node.nodeName === "BR") return "\\\n";
    if (node.nodeName === "CODE") return code(node.textContent);
    if (node.nodeName === "IMG") return `![${node.alt}](${node.getAttribute("src")})`;
    const inner = this.#inline(node);
    if (node.nodeName === "A") return link(node, inner);
    return MARKED[node.nodeName] ? emphasised(inner, this.#marks(MARKED[node.nodeName])) : inner;
  }

  /** Underscores, if the source has those and no asterisks. */
  #marks(marks) {
    const underscores = /(^|[^\w\\])_/.test(this.#source) && !/[^\\\s]\*|\*[^\s]/.test(this.#source);
    return underscores ? marks.replaceAll("*", "_") : marks;
  }

  /** Browsers keep spaces that were typed as such that don't break. */
  #text(text) {
    return replaced(this.#source.includes("\u00a0") ? text : text.replaceAll("\u00a0", " "), SIGNS);
  }
}

const oneLine = (text) => text.replace(/\s*(\\?\n)+\s*/g, " ").trim();

const paragraph = (text) =>
  replaced(text.replace(/[ \t]*\n[ \t]*/g, "\n").trim().replace(/(\\\n|\\$)+$/, "").trim(), BEGINNINGS);

/** Marks stand close to what they mark; only so are they marks. */
function emphasised(text, marks) {
  const [, before, inner, after] = /^(\s*)(.*?)(\s*)$/s.exec(text);
  return inner ? before + marks + inner + marks + after : text;
}

function code(text) {
  const marks = "`".repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const room = /^`|`$/.test(text) ? " " : "";
  return text ? marks + room + text + room + marks : "";
}

function link(element, text) {
  const address = element.getAttribute("href") ?? "";
  const title = element.title ? ` "${element.title.replaceAll('"', '\\"')}"` : "";
  if (!text.trim()) return text;
  return `[${text}](${/[\s()<>]/.test(address) ? `<${address}>` : address}${title})`;
}
