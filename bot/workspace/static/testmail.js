// "Send a test email": a customer's mail, really sent over SMTP to where the bot listens.

import { post } from "./api.js";
import { closeDialog, openDialog } from "./dialog.js";
import { el, newId } from "./dom.js";

const EXAMPLE = {
  name: "Anna Becker",
  email: "anna@becker.test",
  subject: "Brakes grinding, can you fit me in tomorrow?",
  text: "Hello,\n\nsince this morning the brakes of my 2016 Golf make a grinding noise and I have to drive to Denver on Friday. "
    + "Could you look at it tomorrow, and what would new front pads cost about?\n\nYou can reach me on (303) 555-0142.\n\nThanks\nAnna",
};
const FIELDS = [
  ["name", "Your name", "text", 100],
  ["email", "Your e-mail", "email", 254],
  ["subject", "Subject", "text", 200],
  ["text", "Message", null, 20_000],
];

// seeLeads(): show the channel where the card appears; recipient: the announced address, if any
export function sendTestMail(recipient, seeLeads) {
  const fields = Object.fromEntries(FIELDS.map((field) => [field[0], makeField(...field)]));
  const to = recipient ? `It goes to ${recipient}, as any customer's mail would. Change what you like.` : "Change what you like.";
  const status = el("p", { class: "status", role: "status" });
  const body = el("div", { class: "view" }, el("p", { class: "note" }, to), ...Object.values(fields).map((f) => f.node), status);
  const close = () => closeDialog(dialog);
  const cancel = el("button", { type: "button", onclick: close }, "Cancel");
  const send = el("button", { type: "submit", class: "primary" }, "Send email");
  const dialog = openDialog({ title: "Send a test email", body, foot: [cancel, send], dismiss: close, kind: "mail" });
  const sent = () => {
    const see = el("button", { type: "button", class: "primary", onclick: () => { close(); seeLeads(); } }, "See it in #leads");
    cancel.textContent = "Close";
    send.replaceWith(see);
    see.focus();
  };
  dialog.querySelector("form").addEventListener("submit", () => submit(fields, send, status, sent));
  fields.name.input.focus();
}

function makeField(name, label, type, maxlength) {
  const id = newId("mail");
  const common = { id, maxlength, required: name !== "name", autocomplete: "off", "aria-describedby": `${id}-error`, "data-mail": name };
  const input = type ? el("input", { ...common, type }) : el("textarea", { ...common, rows: 7 });
  input.value = EXAMPLE[name];
  const error = el("p", { class: "error", id: `${id}-error`, "aria-live": "polite" });
  return { input, error, node: el("div", { class: "field" }, el("label", { for: id }, label), input, error) };
}

// The browser knows what an address looks like; its words are shown beside the field.
function valid(fields) {
  let first = null;
  for (const { input, error } of Object.values(fields)) {
    error.textContent = input.validity.valid ? "" : input.validationMessage;
    input.setAttribute("aria-invalid", String(!input.validity.valid));
    if (!input.validity.valid) first ??= input;
  }
  first?.focus();
  return !first;
}

async function submit(fields, button, status, sent) {
  if (button.getAttribute("aria-busy") === "true" || !valid(fields)) return;
  const mail = Object.fromEntries(Object.entries(fields).map(([name, { input }]) => [name, input.value]));
  button.setAttribute("aria-busy", "true");
  status.className = "status";
  status.textContent = "Sending…";
  try {
    const { answer, smtp } = await post("/control/mail", mail);
    status.classList.add("good");
    status.textContent = `Sent. The mail server at ${smtp} said: ${answer}`;
    sent();
  } catch (error) {
    status.classList.add("bad");
    status.textContent = error.message;
  } finally {
    button.removeAttribute("aria-busy");
  }
}
