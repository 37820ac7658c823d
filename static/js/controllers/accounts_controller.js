import { accounts, signOutAccount } from "../api.js";
import { stopped, when } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { Controller } from "./controller.js";
import { copyOf, setText } from "./dom.js";

/** Who is signed in with an account of the issuer, and so without a key; there only if somebody is. */
export class AccountsController extends Controller {
  async connect() {
    try {
      const every = await accounts();
      this.element.hidden = !every.length;
      this.part("list").replaceChildren(...every.map((account) => this.#row(account, every)));
    } catch (problem) {
      if (problem.status !== 403 && problem.status !== 404) this.#object(problem); // else nothing is told here
    }
  }

  #row({ subject, name, role, used_at: used }, every) {
    const item = copyOf("account").firstElementChild;
    const [title, may] = item.querySelector("h3").children;
    setText(title, name);
    setText(may, phrase(`role.${role}`));
    setText(item.querySelector(".key__about"), phrase("keys.used", { when: when(used) }));
    setText(item.querySelector(".key__limits"), subject);
    item.querySelector(".key__limits").hidden = every.filter((each) => each.name === name).length < 2; // else that says who
    const button = item.querySelector("button");
    button.ariaLabel = phrase("accounts.out_one", { name });
    this.listen(button, "click", () => this.#signOut(subject, name, item));
    return item;
  }

  async #signOut(subject, name, row) {
    try {
      await signOutAccount(subject).catch(unlessGone);
      row.remove();
      setText(this.part("problem"), "");
      setText(this.part("status"), phrase("accounts.ended", { name }));
      this.element.querySelector("h2").focus();
    } catch (problem) {
      this.#object(problem);
    }
  }

  #object(problem) {
    this.element.hidden = false;
    setText(this.part("problem"), stopped(problem.message));
  }
}

/** They may have signed out themselves meanwhile. */
function unlessGone(problem) {
  if (problem.status !== 404) throw problem;
}
