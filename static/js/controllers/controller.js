import { may, server } from "../models/server.js";

may.write = document.documentElement.dataset.role !== "reader"; // as the server says on the page

/** Owns one root element; what `connect` begins, `disconnect` ends. */
export class Controller {
  #connected = new AbortController();

  constructor(element) {
    this.element = element;
  }

  connect() {}

  disconnect() {
    this.#connected.abort();
  }

  listen(target, type, handler) {
    target.addEventListener(type, handler, { signal: this.#connected.signal });
  }

  /** Calls it every so often, as long as somebody looks. */
  every(milliseconds, call) {
    const timer = setInterval(() => document.hidden || call(), milliseconds);
    this.#connected.signal.addEventListener("abort", () => clearInterval(timer));
  }

  part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }
}

/** A part of the article's page: drawn whenever something has come, and allowed to ask for more. */
export class LivePart extends Controller {
  constructor(element, viewing) {
    super(element);
    this.viewing = viewing;
  }
}

/** Wakes the controllers that the page's markup names, but of those that a reader is not offered. */
export function wake(controllers) {
  addEventListener("pageshow", ({ persisted }) => persisted && server.auth && askAnew());
  for (const element of document.querySelectorAll("[data-controller]"))
    if (may.write || !element.closest(".for-writers")) new controllers[element.dataset.controller](element).connect();
  document.documentElement.dataset.scripted = "awake";
}

/** A page that the browser has kept whole may show what was for somebody who has signed out since. */
function askAnew() {
  document.documentElement.hidden = true;
  location.reload();
}
