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

  #made(key) {
    this.#keys = [...this.#keys.filter(({ id }) => id !== key.id), key];
    this.#draw();
    this.#text.open(key);
  }

  #limited(key) {
    this.#keys = this.#keys.map((one) => (one.id === key.id ? key : one));
    this.#draw();
    setText(this.part("status"), phrase("keys.limits_set", { name: key.name }));
    this.part("list").querySelector(`[data-id="${key.id}"] [data-do=limits]`).focus();
  }

  async #act(button) {
    const what = button.dataset.do;
    const key = this.#keys.find(({ id }) => id === button.closest("[data-id]").dataset.id);
    if (what === "limits") return this.#dialog.limit(key);
    if (!(await this.#sure.asked(what, key.name))) return;
    try {
      if (what === "rotate") this.#made(await api.rotateKey(key.id));
      else await this.#revoke(key);
    } catch (problem) {
      this.#object(problem);
    }
  }

  async #revoke(key) {
    await api.revokeKey(key.id);
    this.#keys = this.#keys.map((one) => (one === key ? { ...key, revoked_at: new Date().toISOString() } : one));
    this.#draw();
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
  item.querySelector(".key__about").replaceChildren(...about(key).map((text) => make("span", {}, text)));
  const limits = limitsOf(key);
  item.querySelector(".key__limits").hidden = !limits.length;
  item.querySelector(".key__limits").replaceChildren(...limits.map((text) => make("span", {}, text)));
  for (const button of item.querySelectorAll("[data-do]"))
    if (endOf(key)) button.remove();
    else button.ariaLabel = phrase(`keys.${button.dataset.do}_one`, { name: key.name });
  return item;
}

function about(key) {
  const used = key.used_at ? phrase("keys.used", { when: when(key.used_at) }) : phrase("keys.unused");
  const ends = key.expires_at && phrase("keys.expires", { date: when(key.expires_at) });
  return [`…${key.last_four}`, used, endOf(key) || ends].filter(Boolean);
}

/** What the server tells of a key's limits; those that it has none of are not told. */
function limitsOf({ rate, tokens_per_month: tokens, cost_per_month: cost, articles_at_once: articles }) {
  return [
    rate && phrase("keys.at_rate", { rate }),
    tokens && phrase("keys.a_month", { amount: count(tokens, "token") }),
    cost && phrase("keys.a_month", { amount: dollars(cost) }),
    articles && phrase("keys.at_once", { articles: count(articles, "article") }),
  ].filter(Boolean);
}
