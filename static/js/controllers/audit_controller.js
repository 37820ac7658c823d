import { audit, livePage } from "../api.js";
import { counted, day, stopped, timeOf, VERSION_REASONS } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { labelOf } from "../models/server.js";
import { Controller } from "./controller.js";
import { make, setText } from "./dom.js";

const A_PAGE = 50;
const COMMAND_LINE = "command-line";

/** What was done in the workspace, the newest first, day by day. */
export class AuditController extends Controller {
  #next = "";
  #loading = false;

  connect() {
    this.listen(this.part("older"), "click", () => this.#older());
    this.#load();
  }

  async #load() {
    try {
      const { entries, next } = await audit({ before: this.#next, limit: A_PAGE });
      this.element.hidden = false;
      this.#next = next;
      this.part("older").hidden = !next;
      setText(this.part("problem"), "");
      return this.#add(entries);
    } catch (problem) {
      this.element.hidden = problem.status === 404 || problem.status === 403; // nothing is told here
      setText(this.part("problem"), stopped(problem.message));
      return null;
    }
  }

  /** What has come is what somebody reads next. */
  async #older() {
    if (this.#loading) return;
    this.#loading = true;
    const row = await this.#load();
    this.#loading = false;
    if (row && this.part("older").hidden) row.focus();
  }

  /** Adds entries to the table, and gives the first of them. */
  #add(entries) {
    const rows = entries.map(line);
    for (const [i, entry] of entries.entries()) this.#dayOf(entry).append(rows[i]);
    return rows[0];
  }

  #dayOf({ at }) {
    const date = new Date(at).toLocaleDateString("sv");
    const last = this.part("table").lastElementChild;
    if (last.dataset.date === date) return last;
    const head = make("th", { colspan: 3, scope: "rowgroup" }, day(date));
    const body = make("tbody", { "data-date": date }, make("tr", {}, head));
    this.part("table").append(body);
    return body;
  }
}

function line(entry) {
  const more = details(entry);
  const what = make("td", {}, make("b", { dir: "auto" }, actor(entry)), " ", action(entry));
  if (more) what.append(" ", make("span", { class: "happened__more", dir: "auto" }, more));
  const from = make("td", { class: "happened__from" }, entry.address === "many" ? phrase("audit.several") : entry.address);
  return make("tr", { tabindex: -1 }, make("td", { class: "happened__at" }, make("time", { datetime: entry.at }, timeOf(entry.at))), what, from);
}

/** What names itself the command line may be a key or an account of that name. */
function actor({ actor: name, key, subject }) {
  if (key || (subject && name)) return name;
  if (name === COMMAND_LINE) return phrase("audit.command_line");
  return name || phrase("audit.somebody");
}

function action({ action: what, target }) {
  const said = phrase(`done.${what}`);
  const there = target && /^(article|outline|picture|search_text|renewal|share)_/.test(what) && what !== "article_deleted";
  return there ? make("a", { href: livePage(target) }, said) : said;
}

/** What the log has besides; what is of no use to a reader stays in the lines. */
function details({ subject, count: times, details: { version, reason, name, role, stage, section, days, format, limit } }) {
  const what = limit?.replace("-", "_");
  const said = [
    subject && phrase("audit.account", { subject }),
    reason && reason !== "edited" && VERSION_REASONS[reason],
    version && phrase("audit.version", { version }),
    name && phrase("audit.named", { name }),
    role && phrase(`role.${role}`),
    stage && labelOf(stage),
    section && phrase("word.section", { section }),
    days && counted("audit.days", days),
    format && format.toUpperCase(),
    what && phrase(`limit.${what}`),
    times > 1 && counted("audit.times", times),
  ];
  return said.filter(Boolean).join(" · ");
}
