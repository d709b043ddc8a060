// "Post as a web form": what a form of a website, or a service such as Zapier, writes into a channel.

import { sayAsForm } from "./acts.js";
import { closeDialog, openDialog } from "./dialog.js";
import { el, newId } from "./dom.js";

const EXAMPLE = "Name: Anna Becker\nEmail: anna@becker.test\nPhone: (303) 555-0142\n"
  + "Message: The brakes of my 2016 Golf grind since this morning. Could you look at them tomorrow?";

// What means something to Slack is escaped, as every service does that posts there.
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

// channel: where it is posted; name: of the form bot
export function postAsForm(channel, name) {
  const id = newId("form");
  const box = el("textarea", { id, rows: 7, maxlength: 12_000 });
  box.value = EXAMPLE;
  const error = el("p", { class: "error", role: "alert" });
  const note = el("p", { class: "note" }, `${name} posts it in #${channel.name}, as an incoming webhook does.`);
  const field = el("div", { class: "field" }, el("label", { for: id }, "What was filled in"), box, error);
  const close = () => closeDialog(dialog);
  const cancel = el("button", { type: "button", onclick: close }, "Cancel");
  const send = el("button", { type: "submit", class: "primary" }, "Post");
  const dialog = openDialog({ title: "Post as a web form", body: el("div", { class: "view" }, note, field), foot: [cancel, send], dismiss: close, kind: "formpost" });
  dialog.querySelector("form").addEventListener("submit", async () => {
    const text = box.value.trim();
    if (!text) return void (error.textContent = "Write what the form says");
    try {
      await sayAsForm(channel.id, escaped(text));
      close();
    } catch (problem) {
      error.textContent = problem.message;
    }
  });
  box.focus();
}
