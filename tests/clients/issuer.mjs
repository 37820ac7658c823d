// A real issuer, for tests. Anybody may sign in, and becomes what their name says.
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import Provider from "oidc-provider";

const { port, client, secret, callbacks, after, audience } = JSON.parse(process.argv[2]);
const server = createServer();
server.listen(port, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}`;
const [kid, { privateKey }] = [`made-${Date.now()}`, generateKeyPairSync("rsa", { modulusLength: 2048 })];
const [SCOPES, RESOURCE] = ["openid profile email", "urn:pressroom"];

const provider = new Provider(url, {
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" }] },
  clients: [{ client_id: client, client_secret: secret, redirect_uris: callbacks, post_logout_redirect_uris: after }],
  claims: { openid: ["sub"], profile: ["name", "workspace", "role"] },
  conformIdTokenClaims: false, // they stand in the id token
  pkce: { required: () => true },
  cookies: { keys: ["for tests"] },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: { logoutSource: (context, form) => (context.body = page(form + LEAVE)) },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ audience, accessTokenFormat: "jwt", scope: "" }),
    },
  },
  loadExistingGrant: async ({ oidc }) => {
    const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope(SCOPES);
    grant.addResourceScope(RESOURCE, "");
    await grant.save();
    return grant;
  },
  extraTokenClaims: (_, token) => about(token.accountId),
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...about(id) }) }),
});

/** `writer@theirs` has that role in that workspace; `nobody` has none. */
function about(id) {
  const [role, workspace = "default"] = id.split("@");
  return { name: `The ${role}`, workspace, ...(role !== "nobody" && { role }) };
}

const answer = provider.callback();
const ENTER = '<form method="post"><label>Name <input name="login"></label><button>Enter</button></form>';
const LEAVE = '<button form="op.logoutForm" name="logout" value="yes">Leave</button>';
const page = (content) => `<!doctype html><html lang="en"><title>Accounts</title>${content}</html>`;

server.on("request", async (request, response) => {
  if (!request.url.startsWith("/interaction/")) return answer(request, response);
  if (request.method !== "POST") return response.setHeader("Content-Type", "text/html").end(page(ENTER));
  const accountId = new URLSearchParams(await text(request)).get("login");
  await provider.interactionFinished(request, response, { login: { accountId } });
});
console.log(url);
