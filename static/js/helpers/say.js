/** Codes and their parameters as sentences, by the same rule as service/messages/__init__.py. */

import { messages } from "../known.js"; // which the server writes

const AS_TOLD = "as_told"; // a sentence of an earlier edition, under whatever code

let catalog = new Map();

/** The sentences of one language, by `code` or by `code.reason`. */
export function learn(sentences) {
  catalog = new Map(Object.entries(sentences));
}

learn(messages);

/** What has a code and parameters, as a sentence; else, or if nobody has put the code into words, its `message`. */
export function say({ code, params, message = code }) {
  if (!code || !params) return message;
  const { reason = "" } = params;
  const key = reason === AS_TOLD ? reason : code;
  const template = catalog.get(`${key}.${reason}`) || catalog.get(key);
  return template ? fill(template, params) : message;
}

/** What the page itself says. */
export const phrase = (code, params = {}) => say({ code: `page.${code}`, params });

const fill = (template, params) =>
  template.replace(/\{\{|\}\}|\{(\w+)\}/g, (mark, name) => (name ? (name in params ? text(name, params[name]) : mark) : mark[0]));

function text(name, param) {
  if (Array.isArray(param)) return param.map((each) => text(name, each)).join(catalog.get("separator") ?? "; ");
  if (name === "field") return String(param).split(".").map(field).join(" ");
  return param?.code ? say({ params: {}, ...param }) : (catalog.get(`value.${name}.${param}`) ?? String(param));
}

/** One part of a field's place: its name, or a number, which people count from one. */
const field = (part) => catalog.get(`value.field.${part}`) ?? (/^\d+$/.test(part) ? String(Number(part) + 1) : part);
