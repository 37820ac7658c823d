// A real issuer, for tests: anybody may sign in, and becomes what their name says. Told once: where and with which keys.
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const { port = 0, client, secret, callbacks, after } = JSON.parse(process.argv[2]);
const server = createServer();
server.listen(port, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}`;
const [kid, { privateKey }] = [`made-${Date.now()}`, generateKeyPairSync("rsa", { modulusLength: 2048 })];

const provider = new Provider(url, {
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" }] },
  clients: [{ client_id: client, client_secret: secret, redirect_uris: callbacks, post_logout_redirect_uris: after }],
  claims: { openid: ["sub"], profile: ["name", "workspace", "role"] },
  conformIdTokenClaims: false, // they stand in the id token, as those of Keycloak can
  pkce: { required: () => true },
  cookies: { keys: ["for tests"] },
  features: {
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "urn:pressroom",
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ audience: "pressroom-api", accessTokenFormat: "jwt", scope: "" }),
    },
  },
  extraTokenClaims: (_, token) => (token.accountId ? about(token.accountId) : {}),
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...about(id) }) }),
});

/** `writer@theirs` has that role in that workspace; who has no role is refused. */
function about(id) {
  const [role, workspace = "default"] = id.split("@");
  return { name: `The ${role}`, workspace, ...(role !== "nobody" && { role }) };
}

server.on("request", provider.callback());
console.log(url);
