// Interactive elements. In an input block they are filled in; anywhere else a use is told to the bot at once.

import { checkboxes, manyOf, oneOf, radioButtons } from "./choices.js";
import { el, link } from "./dom.js";
import { dateAndTime, typed } from "./inputs.js";
import { overflow } from "./menu.js";
import { words } from "./mrkdwn.js";

// label: { id, labelId, describedBy, required } tie an input to its label, hint and error
export function control(block, element, form, label) {
  const make = KINDS[element.type];
  if (!make) return el("span", { class: "note" }, `(${element.type} is not shown here)`);
  const told = block.type !== "input" || block.dispatch_action;
  const use = (choice, node) => (told ? form.use(block, element, choice, node) : Promise.resolve(true));
  const made = make(element, { use, told, names: form.names, properties: attributes(block, element, label), label });
  return form.add(block, element, made);
}

function attributes(block, element, { id, describedBy, required }) {
  const name = element.placeholder ? words(element.placeholder) : null;
  return {
    id,
    "data-action": element.action_id,
    "data-of": block.block_id,
    "data-focus": element.focus_on_load,
    "aria-describedby": describedBy,
    "aria-required": required ? "true" : null,
    "aria-label": id ? null : name,
  };
}

function button(element, { use, properties }) {
  const label = words(element.text);
  const named = { ...properties, "aria-label": element.accessibility_label };
  if (element.url) return { node: outward(element, use, label, named) };
  const node = el("button", { ...named, type: "button", class: element.style }, label);
  node.addEventListener("click", () => use({ value: element.value }, node));
  return { node };
}

// A button with an address opens it, and the bot is told as well.
function outward(element, use, label, named) {
  const anchor = link(element.url, label);
  if (anchor.nodeType !== Node.ELEMENT_NODE) return anchor;
  for (const [name, value] of Object.entries(named)) if (value) anchor.setAttribute(name, value);
  anchor.className = `button ${element.style ?? ""}`;
  anchor.addEventListener("click", () => use({ value: element.value }, anchor));
  return anchor;
}

const KINDS = {
  button,
  overflow,
  static_select: oneOf("selected_option"),
  users_select: oneOf("selected_user"),
  channels_select: oneOf("selected_channel"),
  conversations_select: oneOf("selected_conversation"),
  radio_buttons: radioButtons,
  checkboxes,
  multi_static_select: manyOf,
  datepicker: dateAndTime("date"),
  timepicker: dateAndTime("time"),
  datetimepicker: dateAndTime("datetime-local"),
  plain_text_input: typed("text"),
  number_input: typed("number"),
  email_text_input: typed("email"),
  url_text_input: typed("url"),
};
