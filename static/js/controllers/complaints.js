import { objection, stopped } from "../helpers/phrases.js";
import { say } from "./dom.js";

/** Writes the server's objections at the fields they are about; what has no field stands at `rest`. */
export function complain(form, problem, { rest, placeOf = () => null }) {
  quiet(form);
  const objections = problem.errors?.length ? problem.errors : [{ message: problem.message }];
  const placed = objections.map((told) => ({ ...told, place: placeOf(told.field) ?? named(form, told.field) }));
  const others = placed.filter(({ place }) => !place);
  say(rest, others.map(({ field, message }) => (field ? objection(field, message) : stopped(message))).join(" "));
  const [first] = placed.filter(({ place }) => place).map(({ place, message }) => mark(place, message));
  first?.focus();
}

/** Takes back all that was said, or only what was said of one field. */
export function quiet(form, field) {
  const marked = field ? [field] : form.querySelectorAll("[aria-invalid=true]");
  for (const input of marked) {
    input.ariaInvalid = null;
    const error = errorOf(form, input);
    if (error) say(error, "");
  }
}

function named(form, field = "") {
  const input = form.elements.namedItem(field.split(".")[0]);
  return input?.focus && !input.hidden ? { input, error: form.querySelector(`[data-error="${input.name}"]`) } : null;
}

function mark({ input, error }, message) {
  input.ariaInvalid = "true";
  say(error, objection(nameOf(input), message));
  return input;
}

const nameOf = (input) =>
  `The ${input.dataset.called ?? input.labels?.[0]?.firstChild.textContent.trim().toLowerCase() ?? input.name}`;

const errorOf = (form, input) =>
  form.querySelector(`[data-error="${input.name || "-"}"]`) ??
  input.closest("li, .pair, form")?.querySelector(".field-error");
