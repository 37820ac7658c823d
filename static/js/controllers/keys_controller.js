import * as api from "../api.js";
import { count, counted, dollars, stopped, when } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { may } from "../models/server.js";
import { Controller } from "./controller.js";
import { copyOf, make, setText } from "./dom.js";
import { KeyDialog, KeyTextDialog, SureDialog } from "./key_dialogs.js";

/** The keys of the workspace: made, limited, given another text, and ended. */
export class KeysController extends Controller {
  #keys = [];
  #dialog = new KeyDialog(
    this.part("dialog"),
    (key) => this.#made(key),
    (key) => this.#limited(key),
  );
  #text = new KeyTextDialog(this.part("made"));
  #sure = new SureDialog(this.part("sure"));

  connect() {
    this.#dialog.connect(this);
    this.#text.connect(this);
    this.listen(this.part("make"), "click", () => this.#dialog.make());
    this.listen(this.element, "click", ({ target }) => target.dataset.do && this.#act(target));
    this.#load();
  }

  async #load() {
    try {
      const [keys, { workspace }] = await Promise.all([api.keys(), api.session()]);
      this.#keys = keys;
      setText(this.part("about"), phrase("keys.about", { workspace }));
      this.part("make").hidden = false;
      this.#draw();
    } catch (problem) {
      this.element.hidden = problem.status === 403 && may.write; // who is here for what was spent
      this.#object(problem);
    }
  }

  #draw() {
    const ended = this.#keys.filter((key) => endOf(key));
    this.part("list").replaceChildren(...this.#keys.filter((key) => !endOf(key)).map(row));
    this.part("ended").hidden = !ended.length;
    setText(this.part("ended").querySelector("summary"), counted("keys.ended", ended.length));
    this.part("ended").querySelector("ul").replaceChildren(...ended.map(row));
  }

  /** In the place that it had, or as the last. */
  #put(key) {
    const place = this.#keys.findIndex(({ id }) => id === key.id);
    this.#keys = this.#keys.toSpliced(place < 0 ? this.#keys.length : place, 1, key);
    this.#draw();
    setText(this.part("problem"), "");
  }

  async #made(key) {
    this.#put(key);
    await this.#text.open(key);
  }

  #limited(key) {
    this.#put(key);
    setText(this.part("status"), phrase("keys.limits_set", { name: key.name }));
    this.#goTo(key, "limits");
  }

  /** The row is another one since it has changed. */
  #goTo({ id }, what) {
    this.part("list").querySelector(`[data-id="${id}"] [data-do=${what}]`)?.focus();
  }

  async #act(button) {
    const what = button.dataset.do;
    const key = this.#keys.find(({ id }) => id === button.closest("[data-id]").dataset.id);
    if (what === "limits") return this.#dialog.limit(key);
    if (!(await this.#sure.asked(what, key.name))) return;
    try {
      if (what === "rotate") await this.#rotate(key);
      else await this.#revoke(key);
    } catch (problem) {
      this.#object(problem);
    }
  }

  async #rotate(key) {
    await this.#made(await api.rotateKey(key.id));
    this.#goTo(key, "rotate");
  }

  async #revoke(key) {
    await api.revokeKey(key.id);
    this.#put({ ...key, revoked_at: new Date().toISOString() });
    setText(this.part("status"), phrase("keys.revoked_one", { name: key.name }));
    this.part("make").focus();
  }

  #object(problem) {
    setText(this.part("problem"), stopped(problem.message));
  }
}

/** When and how it ended; nothing if it has not. */
function endOf({ revoked_at: revoked, expires_at: expires }) {
  if (revoked) return phrase("keys.revoked", { date: when(revoked) });
  return expires && new Date(expires) <= Date.now() ? phrase("keys.expired", { date: when(expires) }) : "";
}

function row(key) {
  const item = copyOf("key").firstElementChild;
  const [name, role] = item.querySelector("h3").children;
  item.dataset.id = key.id;
  setText(name, key.name);
  setText(role, phrase(`role.${key.role}`));
  item.querySelector(".key__about").replaceChildren(...facts(about(key)));
  const limits = limitsOf(key);
  item.querySelector(".key__limits").hidden = !limits.length;
  item.querySelector(".key__limits").replaceChildren(...facts(limits));
  for (const button of item.querySelectorAll("[data-do]"))
    if (endOf(key)) button.remove();
    else button.ariaLabel = phrase(`keys.${button.dataset.do}_one`, { name: key.name });
  return item;
}

const facts = (texts) => texts.flatMap((text) => [make("span", {}, text), " "]);

function about(key) {
  const used = key.used_at ? phrase("keys.used", { when: when(key.used_at) }) : phrase("keys.unused");
  const ends = key.expires_at && phrase("keys.expires", { date: when(key.expires_at) });
  return [`…${key.last_four}`, used, endOf(key) || ends].filter(Boolean);
}

/** What the server tells of a key's limits; those that it has none of are not told. */
function limitsOf({ rate, tokens_per_month: tokens, cost_per_month: cost, articles_at_once: articles }) {
  return [
    rate,
    tokens && phrase("keys.a_month", { amount: count(tokens, "token") }),
    cost && phrase("keys.a_month", { amount: dollars(cost) }),
    articles && phrase("keys.at_once", { articles: count(articles, "article") }),
  ].filter(Boolean);
}
