import { server } from "../models/server.js";
import { Controller } from "./controller.js";

/** The way to who is signed in, where anybody has to be. */
export class AccountController extends Controller {
  connect() {
    this.element.hidden = !server.auth;
  }
}
