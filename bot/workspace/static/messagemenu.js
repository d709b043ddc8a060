// The "More actions" of a message: the app's shortcuts on it, and for one's own words to change or take them away.

import { askFirst, closeDialog, openDialog } from "./dialog.js";
import { el, newId } from "./dom.js";
import { menuButton } from "./menu.js";
import { plain } from "./mrkdwn.js";

const words = (text) => ({ type: "plain_text", text });
const DELETE = {
  title: words("Delete this message?"),
  text: words("It is gone for everybody, and Leadbot is told."),
  confirm: words("Delete"),
  deny: words("Keep it"),
  style: "danger",
};

// null where there is nothing to choose
export function messageMenu(message, desk) {
  if (message.ephemeral_to || message.subtype === "tombstone" || !entries(message, desk).length) return null;
  const properties = { "data-toggle": `menu ${message.ts}` };
  return menuButton(() => entries(message, desk), { kind: "quiet more", properties });
}

function entries(message, desk) {
  const shortcut = (one) => ({ label: one.name, note: one.description, run: () => desk.shortcut(one, message) });
  const own = message.user === desk.viewer && desk.edit
    ? [
      { label: "Edit message…", run: () => editing(message, desk) },
      { label: "Delete message…", run: () => deleting(message, desk) },
    ]
    : [];
  return [...(desk.shortcuts?.("message") ?? []).map(shortcut), ...own];
}

// What was typed stands unescaped in the message's rich text.
function typedText(message) {
  const pieces = message.blocks?.[0]?.type === "rich_text" ? message.blocks[0].elements?.[0]?.elements ?? [] : [];
  const all = pieces.every((piece) => piece.type === "text") ? pieces.map((piece) => piece.text).join("") : "";
  return all || plain(message.text);
}

function editing(message, desk) {
  const id = newId("edit");
  const box = el("textarea", { id, rows: 6, maxlength: 12_000, required: true });
  box.value = typedText(message);
  const error = el("p", { class: "error", role: "alert" });
  const field = el("div", { class: "field" }, el("label", { for: id }, "Message"), box, error);
  const close = () => closeDialog(dialog);
  const cancel = el("button", { type: "button", onclick: close }, "Cancel");
  const save = el("button", { type: "submit", class: "primary" }, "Save");
  const dialog = openDialog({ title: "Edit message", body: el("div", { class: "view" }, field), foot: [cancel, save], dismiss: close, kind: "edit" });
  dialog.querySelector("form").addEventListener("submit", async () => {
    const text = box.value.trim();
    if (!text) error.textContent = "Write something, or delete the message instead";
    else if ((await desk.edit(message, text)) !== false) close();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) box.form.requestSubmit();
  });
  box.focus();
}

async function deleting(message, desk) {
  if (await askFirst(DELETE, desk.names)) await desk.remove(message);
}
