import * as api from "../api.js";
import { stopped } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { Controller } from "./controller.js";
import { setText } from "./dom.js";

/** Signs in with a key and goes where somebody wanted to go; or says who is signed in, and signs out. */
export class SignInController extends Controller {
  connect() {
    this.listen(this.part("form"), "submit", (event) => {
      event.preventDefault();
      this.#in();
    });
    this.listen(this.part("out"), "click", () => this.#out());
    this.#show();
  }

  async #show() {
    const { needed, name, workspace, role } = await api.session().catch(() => ({ needed: true }));
    this.part("form").hidden = !needed || Boolean(name);
    this.part("who").hidden = needed && !name;
    this.part("out").hidden = !name;
    this.part("people").hidden = !name || role !== "admin";
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

  async #out() {
    await api.signOut().catch((problem) => setText(this.part("said"), stopped(problem.message)));
    await this.#show();
  }
}
