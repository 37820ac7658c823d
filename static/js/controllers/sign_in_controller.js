import * as api from "../api.js";
import { stopped } from "../helpers/phrases.js";
import { phrase, say } from "../helpers/say.js";
import { Controller } from "./controller.js";
import { setText } from "./dom.js";

/** The reasons that may be shown; any other in the address is ignored. */
const REFUSALS = [
  ["unauthorized", "denied"],
  ["unauthorized", "sign_in"],
  ["unauthorized", "token"],
  ["forbidden", "account"],
  ["issuer_unavailable"],
];

/** Signs in with a key, or where people have their accounts, and goes where somebody wanted to go; or says who is signed in, and signs out. */
export class SignInController extends Controller {
  #farewell = null; // where to sign out as well

  connect() {
    this.listen(this.part("form"), "submit", (event) => {
      event.preventDefault();
      this.#in();
    });
    this.listen(this.part("issuer"), "click", () => this.#elsewhere());
    this.listen(this.part("out"), "click", () => this.#out());
    this.#refused();
    this.#show();
  }

  async #show() {
    const { needed, name, workspace, role, issuer, sign_out_url: farewell } = await api.session().catch(() => ({ needed: true }));
    this.#farewell = farewell;
    this.part("form").hidden = !needed || Boolean(name);
    this.part("elsewhere").hidden = this.part("form").hidden || !issuer;
    setText(this.part("issuer"), phrase("sign_in.elsewhere", { name: issuer }));
    this.part("who").hidden = needed && !name;
    this.part("out").hidden = !name;
    this.#lead(role);
    this.#explain();
    if (!this.part("who").hidden)
      setText(this.part("said"), name ? phrase(`sign_in.as_${role}`, { name, workspace }) : phrase("sign_in.open"));
    if (!this.part("form").hidden) this.part("form").elements.key.focus();
  }

  async #in() {
    const { key } = this.part("form").elements;
    try {
      await api.signIn(key.value);
      location.replace(api.afterSigningIn());
    } catch (problem) {
      setText(this.part("error"), stopped(problem.message));
      key.select();
    }
  }

  async #elsewhere() {
    try {
      location.assign(await api.signInElsewhere());
    } catch (problem) {
      setText(this.part("refused"), stopped(problem.message));
    }
  }

  /** Admins find people and keys there; who writes, what was spent; who reads, nothing. */
  #lead(role) {
    this.part("people").hidden = !["writer", "admin"].includes(role);
    setText(this.part("people"), phrase(role === "writer" ? "usage.name" : "sign_in.people"));
  }

  /** Why somebody who was signed in has to do so again. */
  #explain() {
    const ended = !this.part("form").hidden && new URLSearchParams(location.search).has("ended");
    setText(this.part("ended"), ended ? phrase("sign_in.ended") : "");
  }

  /** Why signing in elsewhere came to nothing. */
  #refused() {
    const refused = new URLSearchParams(location.search).get("refused");
    const [code, reason = ""] = REFUSALS.find((each) => each.join(".") === refused) ?? [];
    if (code) setText(this.part("refused"), stopped(say({ code, params: { reason } })));
  }

  async #out() {
    try {
      await api.signOut();
      if (this.#farewell) location.assign(this.#farewell);
      else await this.#show();
    } catch (problem) {
      setText(this.part("said"), stopped(problem.message));
    }
  }
}
