import { stopped } from "../helpers/phrases.js";
import { phrase } from "../helpers/say.js";
import { setText } from "./dom.js";

/** Shows the server's objections at the fields they are about; those without a field stand at `rest`. */
export function showErrors(form, problem, { rest, placeOf = () => null, shows = () => {} }) {
  clearErrors(form);
  const errors = problem.errors?.length ? problem.errors : [{ message: problem.message }];
  const placed = errors.map((error) => ({ ...error, place: placeOf(error.field) ?? named(form, error.field) }));
  const others = placed.filter(({ place }) => !place);
  setText(rest, others.map(({ field, message }) => stopped(field ? phrase("word.at_field", { field, problem: message }) : message)).join(" "));
  const [first] = placed.filter(({ place }) => place).map(({ place, message }) => mark(place, message));
  if (first) shows(first);
  first?.focus();
}

/** Takes back all that was shown, or only what was shown at one field. */
export function clearErrors(form, field) {
  const marked = field ? [field] : form.querySelectorAll("[aria-invalid=true]");
  for (const input of marked) {
    input.ariaInvalid = null;
    const error = errorOf(form, input);
    if (error) setText(error, "");
  }
}

function named(form, field = "") {
  const input = form.elements.namedItem(field.split(".")[0]);
  return input?.focus ? { input, error: form.querySelector(`[data-error="${input.name}"]`) } : null;
}

/** A field that was left empty may say by itself what to enter. */
function mark({ input, error }, message) {
  input.ariaInvalid = "true";
  setText(error, (!input.value.trim() && input.dataset.empty) || stopped(message));
  return input;
}

const errorOf = (form, input) =>
  form.querySelector(`[data-error="${input.name || "-"}"]`) ??
  input.closest("li, .pair, form")?.querySelector(".field-error");
