/** The service's routes, and the addresses of its pages. */

import { answered, ask, json, Problem, query, root, serverUrl } from "./asking.js";

const LONG = 600_000;
const UPLOAD_PATIENCE = 120_000;

const of = (id) => `articles/${encodeURIComponent(id)}`;

/** The composer with a topic, as it was for an article. */
export const composePage = (topic, as) => new URL(`./?${query({ topic, as })}`, root);
export const livePage = (id) => new URL(`progress.html?${query({ job_id: id })}`, root);
export const iconUrl = (state) => new URL(`static/favicon${state && `-${state}`}.svg`, root);
/** Where somebody wanted to go; never to another site. */
export const afterSigningIn = () => serverUrl(new URLSearchParams(location.search).get("to") ?? "") ?? root;
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

let asked = null;

/** How the server is, asked once for a page. */
export const health = () => (asked ??= json("health"));

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
/** A change taken back, or brought again. */
export const undo = (id, from) => json(`${of(id)}/undo`, { version: from });
export const redo = (id, from) => json(`${of(id)}/redo`, { version: from });

/** What a text that is not stored changes in a version. */
export const compare = (id, version, content) => json(`${of(id)}/versions/${version}/changes`, { content });

/** The stream of a passage's new text; the signal ends it, and the model's work. */
export const revise = async (id, wanted, signal) => (await ask(`${of(id)}/passages/revise`, wanted, { signal })).body;
export const replacePassage = (id, change) => json(`${of(id)}/passages/replace`, change);
export const restore = (id, number, from) => json(`${of(id)}/versions/${number}/restore`, { version: from });
export const preview = (markdown) => json("preview", { markdown });

const AT_ONCE = 200; // articles that the server takes in one request

/** Removes one article or several; fails with those that are `left`. `keepalive` lets the request outlive the page. */
export async function remove(ids, keepalive = false) {
  if (ids.length === 1) return ask(of(ids[0]), undefined, { method: "DELETE", keepalive });
  const parts = chunks(ids).map((part) => json("articles/delete", { ids: part }, { keepalive }));
  const answers = await Promise.allSettled(parts);
  const lost = answers.flatMap(({ reason }, i) => (reason ? chunks(ids)[i] : []));
  const ended = answers.flatMap(({ value }) => value ?? []).filter(({ deleted, code }) => !deleted && code !== "not_found");
  const left = [...lost, ...ended.map(({ id }) => id)];
  if (left.length) throw Object.assign(answers.find(({ reason }) => reason)?.reason ?? new Problem({ detail: ended[0].message }), { left });
}

/** Adds tags to articles and removes tags from them: each article's tags, or a `message` that says why not. */
export const changeTags = async (ids, change) =>
  (await Promise.all(chunks(ids).map((part) => json("articles/tags", { ids: part, ...change })))).flat();

const chunks = (ids) => Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, i) => ids.slice(i * AT_ONCE, (i + 1) * AT_ONCE));

/**
 * One article as a file, or several as files in a ZIP, in as many of these as it takes: the bytes of each, its name, and
 * how many parts there are. Long ones take their time.
 */
export async function* exported(ids, format) {
  const parts = chunks(ids);
  for (const [n, part] of parts.entries()) {
    const response = await (ids.length === 1
      ? ask(`${of(ids[0])}/export?${query({ format })}`, undefined, { patience: LONG })
      : ask("articles/export", { ids: part, format }, { patience: LONG }));
    const [, name] = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("Content-Disposition")) ?? [];
    const usual = parts.length > 1 ? `articles-${n + 1}.zip` : "articles.zip";
    yield { blob: await response.blob(), name: name ? decodeURIComponent(name) : usual, parts: parts.length };
  }
}

export const filters = () => json("articles/filters");
export const briefOf = (id) => json(`${of(id)}/brief`);

export const briefs = () => json("briefs");
export const saveBrief = (name, brief) => json("briefs", { name, brief });
const briefPath = (id) => `briefs/${encodeURIComponent(id)}`;
export const renameBrief = (id, name) => json(briefPath(id), { name }, { method: "PATCH" });
export const removeBrief = ([id], keepalive = false) => ask(briefPath(id), undefined, { method: "DELETE", keepalive });

export const describePicture = (id, described) => json(`${of(id)}/image`, described, { method: "PATCH" });
export const setSearchText = (id, fields) => json(`${of(id)}/seo`, fields, { method: "PUT" });
export const removePicture = (id, version, keepalive = false) =>
  ask(`${of(id)}/image?${new URLSearchParams({ version })}`, undefined, { method: "DELETE", keepalive });

/** The file as it is: what it holds tells what it is. Can be taken back by `signal`. */
export const upload = (id, version, file, signal) =>
  answered(
    `${of(id)}/image?${new URLSearchParams({ version })}`,
    { method: "PUT", body: file, headers: { "Content-Type": "application/octet-stream" } },
    AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_PATIENCE)]),
  );

const renewalOf = (id, stage) => `${of(id)}/renewals/${stage}`;
export const renew = (id, stage, wanted) => json(renewalOf(id, stage), wanted);
export const renewal = (id, stage) => json(renewalOf(id, stage));
export const stopRenewal = (id, stage) => ask(renewalOf(id, stage), undefined, { method: "DELETE" });

export const share = (id) => json(`${of(id)}/shares`, {});
export const shares = (id) => json(`${of(id)}/shares`);
export const unshare = (id, link) => ask(`${of(id)}/shares/${encodeURIComponent(link)}`, undefined, { method: "DELETE" });
const shared = (token) => `read/${encodeURIComponent(token)}`;
export const reading = (token) => json(shared(token));
export const readingEventsUrl = (token, lastEventId) =>
  new URL(`${shared(token)}/events?${query({ last_event_id: lastEventId })}`, root);

const conversation = (id) => json(`conversations/${encodeURIComponent(id)}`);
export const conversations = (params) => json(`conversations/?${query(params)}`);
export const forget = ([id], keepalive = false) =>
  ask(`conversations/${encodeURIComponent(id)}`, undefined, { method: "DELETE", keepalive });

/** Fails with 404 when there is nothing to go on with. */
export async function chatSubject({ conversation: id, article: about }) {
  if (id) await conversation(id);
  else if (about) await article(about);
}

export const session = () => json("session");
export const signIn = (key) => json("session", { key });
/** The issuer's page to sign in at, which leads back to where somebody wanted to go. */
export const signInElsewhere = async () =>
  (await json("oidc/begin", { to: afterSigningIn().href.slice(root.href.length) })).url;
export const signOut = () => ask("session", undefined, { method: "DELETE" });

const keyPath = (id) => `keys/${encodeURIComponent(id)}`;
export const keys = () => json("keys");
export const makeKey = (wanted) => json("keys", wanted);
export const limitKey = (id, limits) => json(keyPath(id), limits, { method: "PATCH" });
export const rotateKey = (id) => json(`${keyPath(id)}/rotate`, {});
export const revokeKey = (id) => ask(keyPath(id), undefined, { method: "DELETE" });
export const accounts = () => json("accounts");
export const signOutAccount = (subject) => ask(`accounts?${query({ subject })}`, undefined, { method: "DELETE" });
export const usage = (params) => json(`usage?${query(params)}`);
export const audit = (params) => json(`audit?${query(params)}`);
