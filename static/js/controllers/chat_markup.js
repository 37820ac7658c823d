import { make } from "./dom.js";

const LONGEST = 8000;

/** What a conversation is made of, wherever it is shown. */
export function chatMarkup() {
  return [
    make("ol", { class: "talk", "data-part": "talk", "aria-label": "Messages", tabindex: "-1" }),
    make("p", { class: "chat__status", role: "status", "data-part": "status" }),
    make("form", { class: "ask", "data-part": "ask" }, ...ask()),
  ];
}

function ask() {
  const input = { class: "ask__input", name: "content", rows: "1", dir: "auto", maxlength: LONGEST };
  const named = { "aria-label": "Message", placeholder: "Write a message", "aria-describedby": "ask-error" };
  return [
    make("p", { class: "ask__error", id: "ask-error", role: "alert", "data-part": "error" }),
    make("textarea", { ...input, ...named }),
    make("button", { class: "button button--primary", type: "submit", "data-part": "send" }, "Send"),
    make("button", { class: "button", type: "button", "data-part": "stop", hidden: "" }, "Stop"),
  ];
}
