/** The service's routes, asked with addresses relative to where this file is served from; and those of the pages. */

import { phrase, say } from "./helpers/say.js";

const root = new URL("../../", import.meta.url);
const PATIENCE = 20_000;

/** An answer that is no success, as problem JSON tells it; status 0 if there was no answer. */
export class Problem extends Error {
  constructor({ status = 0, code, params, detail = phrase("word.unreachable"), errors = [] } = {}) {
    super(say({ code, params, message: detail }));
    this.status = status;
    this.errors = errors.map((each) => ({ field: each.field, message: say(each) }));
  }
}

const json = async (path, body, how) => (await ask(path, body, how)).json();

async function ask(path, body, { method = body === undefined ? "GET" : "POST", headers, keepalive } = {}) {
  const content = body === undefined ? {} : { "Content-Type": "application/json" };
  const request = { method, body: JSON.stringify(body), headers: { ...content, ...headers }, keepalive };
  const signal = AbortSignal.timeout(PATIENCE);
  const response = await fetch(new URL(path, root), { ...request, signal }).catch(() => {
    throw new Problem();
  });
  if (response.ok) return response;
  const detail = phrase("word.server_error", { status: response.status });
  throw new Problem({ detail, ...(await response.json().catch(() => ({}))), status: response.status });
}

/** An idempotency key; `crypto.randomUUID` exists on secure origins only. */
export const freshKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const query = (params) => new URLSearchParams(Object.entries(params).filter(([, value]) => value));
const of = (id) => `articles/${encodeURIComponent(id)}`;

export const composePage = (topic, as) => new URL(`./?${query({ topic, as })}`, root);
export const livePage = (id) => new URL(`progress.html?${query({ job_id: id })}`, root);
export const iconUrl = (state) => new URL(`static/favicon${state && `-${state}`}.svg`, root);
export const libraryPage = new URL("library.html", root);
export const chatPage = (params) => new URL(`chat.html?${query(params)}`, root);

export const eventsUrl = (id, lastEventId) =>
  new URL(`${of(id)}/events?${query({ last_event_id: lastEventId })}`, root);

/** The events of an article that has ended; of another, the answer would not end. */
export async function pastEvents(id) {
  const stream = await (await ask(`${of(id)}/events`)).text();
  return Array.from(stream.matchAll(/^data: (.*)$/gm), ([, data]) => JSON.parse(data));
}

export const exportUrl = (id, format) => new URL(`${of(id)}/export?${query({ format })}`, root);

/** Where a conversation is held: an earlier one, or a new one, perhaps on an article. */
export function chatUrl({ conversation: id, article: about }) {
  const url = new URL(`ws?${query(id ? { conversation: id } : { article: about })}`, root);
  url.protocol = root.protocol.replace("http", "ws");
  return url;
}

/** A path that the server tells, as an address; null if it leads elsewhere. */
export function serverUrl(path) {
  const url = URL.parse(path.replace(/^\//, ""), root);
  return url?.origin === root.origin ? url : null;
}

export const health = () => json("health");

const once = (key) => ({ headers: { "Idempotency-Key": key } });
export const startJob = (topic, key) => json("start-job", { topic }, once(key));
export const create = (brief, key) => json("articles/create", brief, once(key));

export const articles = (params) => json(`articles/?${query(params)}`);
export const activeTasks = () => json("articles/active/tasks");

/** The article, and the server's time at which it was so. */
export async function article(id) {
  const response = await ask(of(id));
  return { ...(await response.json()), asOf: response.headers.get("Date") };
}

export const status = (id) => json(`${of(id)}/status`);
export const result = (id) => json(`${of(id)}/result`);
export const cancel = (id) => json(`${of(id)}/cancel`, {});
export const retry = (id) => json(`${of(id)}/retry`, {});
export const approve = (id, outline) => json(`${of(id)}/outline`, outline);
export const rewrite = (id, section, change) => json(`${of(id)}/sections/${section}/rewrite`, change);
export const edit = (id, change) => json(of(id), change, { method: "PATCH" });
export const versions = (id) => json(`${of(id)}/versions`);
export const version = (id, number) => json(`${of(id)}/versions/${number}`);
export const changes = (id, from, to) => json(`${of(id)}/versions/${from}/changes/${to}`);
export const restore = (id, number, from) => json(`${of(id)}/versions/${number}/restore`, { version: from });
export const preview = (markdown) => json("preview", { markdown });

/** `keepalive` lets the request outlive the page. */
export const remove = (id, keepalive = false) => ask(of(id), undefined, { method: "DELETE", keepalive });

export const share = (id) => json(`${of(id)}/shares`, {});
const shared = (token) => `read/${encodeURIComponent(token)}`;
export const reading = (token) => json(shared(token));
export const readingEventsUrl = (token, lastEventId) =>
  new URL(`${shared(token)}/events?${query({ last_event_id: lastEventId })}`, root);

const conversation = (id) => json(`conversations/${encodeURIComponent(id)}`);
export const conversations = (params) => json(`conversations/?${query(params)}`);
export const forget = (id, keepalive = false) =>
  ask(`conversations/${encodeURIComponent(id)}`, undefined, { method: "DELETE", keepalive });

/** Fails with 404 when there is nothing to go on with. */
export async function chatSubject({ conversation: id, article: about }) {
  if (id) await conversation(id);
  else if (about) await article(about);
}
