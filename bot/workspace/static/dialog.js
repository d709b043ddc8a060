// Modal dialogs. The browser's own <dialog> keeps the focus inside and gives it back.

import { el, icon, newId } from "./dom.js";
import { mrkdwn, words } from "./mrkdwn.js";

// A dialog with a title, a cross, a body and buttons. dismiss: called by the cross and by Esc; it closes the dialog.
export function openDialog({ title, body, foot, dismiss, kind = "", cross = dismiss }) {
  const heading = el("h2", { id: newId("title") }, title);
  const close = el("button", { type: "button", class: "quiet cross", "aria-label": "Close", onclick: () => cross() }, icon("close"));
  const form = el("form", { novalidate: true }, body, el("footer", {}, ...foot));
  const dialog = el("dialog", { class: kind, "aria-labelledby": heading.id }, el("header", {}, heading, close), form);
  dialog.addEventListener("cancel", (event) => {
    if (event.target !== dialog) return; // a menu inside was closed
    event.preventDefault();
    dismiss();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function closeDialog(dialog) {
  dialog.close();
  dialog.remove();
}

// Asks a Slack `confirm` object; true when the person agrees.
export function askFirst(confirm, names) {
  return new Promise((resolve) => {
    const done = (answer) => {
      closeDialog(dialog);
      resolve(answer);
    };
    const text = confirm.text.type === "mrkdwn" ? mrkdwn(confirm.text.text, names) : words(confirm.text);
    const body = el("div", { class: "view text" }, text);
    const kind = confirm.style === "danger" ? "danger" : "primary";
    const deny = el("button", { type: "button", onclick: () => done(false) }, words(confirm.deny));
    const agree = el("button", { type: "button", class: kind, onclick: () => done(true) }, words(confirm.confirm));
    const title = words(confirm.title);
    const dialog = openDialog({ title, body, foot: [deny, agree], dismiss: () => done(false), kind: "confirm" });
    // Enter must not do by accident what the bot thought worth asking about
    (kind === "danger" ? deny : agree).focus();
  });
}
