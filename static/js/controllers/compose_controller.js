import { livePage, startJob } from "../api.js";
import { Controller } from "./controller.js";

/** The form that starts an article. The server alone decides what a good topic is. */
export class ComposeController extends Controller {
  connect() {
    this.#topic.value ||= new URLSearchParams(location.search).get("topic") ?? "";
    this.listen(this.element, "submit", (event) => {
      event.preventDefault();
      this.#start();
    });
    this.listen(this.element, "click", ({ target }) => {
      if (target.matches(".suggestion")) this.#suggest(target.textContent);
    });
    this.listen(this.#topic, "input", () => this.#complain(""));
    this.listen(window, "pageshow", () => this.#busy(false)); // also when the browser brings the page back as it was
    this.#busy(false);
  }

  get #topic() {
    return this.element.elements.topic;
  }

  #suggest(topic) {
    this.#topic.value = topic;
    this.#complain("");
    this.#topic.focus();
  }

  async #start() {
    this.#busy(true);
    this.#complain("");
    try {
      location.assign(livePage((await startJob(this.#topic.value)).job_id));
    } catch (problem) {
      this.#busy(false);
      const wrong = problem.errors?.find(({ field }) => field === "topic");
      this.#complain(wrong ? `The topic ${wrong.message}.` : problem.message);
      this.#topic.focus();
    }
  }

  #busy(busy) {
    this.part("submit").disabled = busy;
    this.element.ariaBusy = busy;
  }

  #complain(message) {
    this.part("error").textContent = message;
    this.#topic.ariaInvalid = Boolean(message);
  }
}
