/** Asking the service, with addresses relative to where this file is served from. */

export const root = new URL("../../", import.meta.url);
const PATIENCE = 20_000;

/** An answer that is no success, as problem JSON tells it; status 0 if there was no answer. */
export class Problem extends Error {
  constructor({ status = 0, detail = "The server can't be reached.", errors = [] } = {}) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

export const json = async (path, body, how) => (await ask(path, body, how)).json();

export async function ask(path, body, { method = body === undefined ? "GET" : "POST", headers, keepalive } = {}) {
  const content = body === undefined ? {} : { "Content-Type": "application/json" };
  const request = { method, body: JSON.stringify(body), headers: { ...content, ...headers }, keepalive };
  const signal = AbortSignal.timeout(PATIENCE);
  const response = await fetch(new URL(path, root), { ...request, signal }).catch(() => {
    throw new Problem();
  });
  if (response.ok) return response;
  const told = await response.json().catch(() => ({ detail: `The server answered ${response.status}.` }));
  throw new Problem({ ...told, status: response.status });
}
