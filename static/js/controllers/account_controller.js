import { peoplePage, session } from "../api.js";
import { phrase } from "../helpers/say.js";
import { server } from "../models/server.js";
import { Controller } from "./controller.js";
import { make } from "./dom.js";

/** The way to who is signed in, where anybody has to be; and for admins to all who may. */
export class AccountController extends Controller {
  connect() {
    this.element.hidden = !server.auth;
    if (server.auth) this.#offer();
  }

  async #offer() {
    const { role } = await session().catch(() => ({}));
    if (role !== "admin") return;
    const link = make("a", { href: peoplePage, "data-admins": "" }, phrase("masthead.people"));
    if (link.pathname === location.pathname) link.ariaCurrent = "page";
    document.querySelector(".masthead__nav").append(link);
  }
}
