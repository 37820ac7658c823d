/** Asks the server, at addresses relative to where this file is served from. */

import { phrase, say } from "./helpers/say.js";

export const root = new URL("../../", import.meta.url);
const PATIENCE = 20_000;

/** An answer that is no success, as problem JSON tells it; status 0 if there was no answer. */
export class Problem extends Error {
  constructor({ status = 0, code, params, detail = phrase("word.unreachable"), errors = [] } = {}) {
    super(say({ code, params, message: detail }));
    this.status = status;
    this.errors = errors.map((each) => ({ field: each.field, message: say(each) }));
  }
}

export const json = async (path, body, how) => (await ask(path, body, how)).json();

export async function ask(path, body, { method = body === undefined ? "GET" : "POST", headers, keepalive, patience = PATIENCE, signal } = {}) {
  const content = body === undefined ? {} : { "Content-Type": "application/json" };
  const request = { method, body: JSON.stringify(body), headers: { ...content, ...headers }, keepalive };
  return answered(path, request, signal ?? AbortSignal.timeout(patience));
}

export async function answered(path, request, signal) {
  const response = await fetch(new URL(path, root), { ...request, signal }).catch(() => {
    throw new Problem();
  });
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  if (response.status === 401 && !signingIn()) location.assign(signInPage(told));
  const detail = phrase("word.server_error", { status: response.status });
  throw new Problem({ detail, ...told, status: response.status });
}

/** An idempotency key; `crypto.randomUUID` exists on secure origins only. */
export const freshKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const query = (params) => new URLSearchParams(Object.entries(params).filter(([, value]) => value));

/** A path that the server tells, as an address; null if it leads elsewhere. */
export function serverUrl(path) {
  const url = URL.parse(path.replace(/^\//, ""), root);
  return url?.origin === root.origin ? url : null;
}

/** A reason is told only to who has shown something: it was valid, and is no longer. */
function signInPage({ params }) {
  const page = new URL("sign-in.html", root);
  page.search = query({ to: location.href.slice(root.href.length), ended: params?.reason && "yes" });
  return page;
}

const signingIn = () => location.pathname.endsWith("/sign-in.html");
