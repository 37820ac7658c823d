/** The service's routes. All addresses are made here, relative to where this file is served from. */

const root = new URL("../../", import.meta.url);
const PATIENCE = 20_000;

/** An answer that is no success, as problem JSON tells it; status 0 if there was no answer. */
export class Problem extends Error {
  constructor({ status = 0, detail = "The server can't be reached.", errors = [] } = {}) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

export const composePage = (topic) => new URL(`./?${new URLSearchParams({ topic })}`, root);
export const livePage = (id) => new URL(`progress.html?${new URLSearchParams({ job_id: id })}`, root);

export function eventsUrl(id, lastEventId) {
  const url = new URL(`articles/${id}/events`, root);
  if (lastEventId) url.searchParams.set("last_event_id", lastEventId);
  return url;
}

export const chatPage = (query) => new URL(`chat.html?${new URLSearchParams(query)}`, root);

/** Where a conversation is held: an earlier one, or a new one, perhaps on an article. */
export function chatUrl({ conversation, article }) {
  const url = new URL("ws", root);
  url.protocol = root.protocol === "https:" ? "wss:" : "ws:";
  if (conversation) url.searchParams.set("conversation", conversation);
  else if (article) url.searchParams.set("article", article);
  return url;
}

/** Fails with 404 when there is nothing to go on with. */
export async function chatSubject({ conversation: id, article: about }) {
  if (id) await conversation(id);
  else if (about) await article(about);
}

export const startJob = (topic) => json("start-job", { topic });
export const health = () => json("health");
export const cancel = (id) => json(`articles/${id}/cancel`, {});
export const preview = (markdown) => json("preview", { markdown });

const conversation = (id) => json(`conversations/${encodeURIComponent(id)}`);
export const conversations = (query = {}) => json(`conversations/?${new URLSearchParams(query)}`);
export const forget = (id) => ask(`conversations/${id}`, { method: "DELETE" });

/** The article, and the server's time at which it was so. */
export async function article(id) {
  const response = await ask(`articles/${id}`);
  return { ...(await response.json()), asOf: response.headers.get("Date") };
}

const json = async (path, body) => (await ask(path, body && post(body))).json();
const post = (body) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

async function ask(path, how) {
  const response = await fetch(new URL(path, root), { ...how, signal: AbortSignal.timeout(PATIENCE) }).catch(() => {
    throw new Problem();
  });
  if (response.ok) return response;
  const told = await response.json().catch(() => ({ detail: `The server answered ${response.status}.` }));
  throw new Problem({ ...told, status: response.status });
}
