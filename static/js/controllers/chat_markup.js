import { build } from "../helpers/build.js";

const LONGEST = 8000;

/** What a conversation is made of, wherever it is shown. */
export function chatMarkup() {
  return [
    build("ol", { class: "log", "data-part": "log", "aria-label": "Messages", tabindex: "-1" }),
    build("p", { class: "chat__status", role: "status", "data-part": "status" }),
    build("form", { class: "ask", "data-part": "ask" }, ...ask()),
  ];
}

function ask() {
  const input = { class: "ask__input", name: "content", rows: "1", dir: "auto", maxlength: LONGEST };
  const named = { "aria-label": "Message", placeholder: "Write a message", "aria-describedby": "ask-error" };
  return [
    build("p", { class: "ask__error", id: "ask-error", role: "alert", "data-part": "error" }),
    build("textarea", { ...input, ...named }),
    build("button", { class: "button button--primary", type: "submit", "data-part": "send" }, "Send"),
    build("button", { class: "button", type: "button", "data-part": "stop", hidden: "" }, "Stop"),
  ];
}
