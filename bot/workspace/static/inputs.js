// Fields that are typed in, and the browser's own calendars and clocks.

import { el } from "./dom.js";
import { words } from "./mrkdwn.js";

// The limits are told by the workspace beside the field; the browser's own bubbles would say it a second time.
const KEYBOARDS = { number: "decimal", email: "email", url: "url" };

export const typed = (kind) => (element, { use, told, properties }) => {
  const common = {
    ...properties,
    placeholder: element.placeholder ? words(element.placeholder) : null,
    maxlength: element.max_length,
    autocomplete: "off",
  };
  const node = element.multiline
    ? el("textarea", { ...common, rows: 5 })
    : el("input", { ...common, type: kind === "number" ? "text" : kind, inputmode: KEYBOARDS[kind] });
  node.value = element.initial_value ?? "";
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || (element.multiline && !event.ctrlKey && !event.metaKey)) return;
    if (told) event.preventDefault();
    if (told) use({ value: node.value }, node);
    else if (element.multiline) node.form.requestSubmit();
  });
  return { node, read: () => node.value.trim() || null, write: (value) => { node.value = value; } };
};

const KEYS = { date: "selected_date", time: "selected_time", "datetime-local": "selected_date_time" };
const FIRST = { date: "initial_date", time: "initial_time", "datetime-local": "initial_date_time" };

export const dateAndTime = (kind) => (element, { use, properties }) => {
  const named = properties.id ? properties : { ...properties, "aria-label": properties["aria-label"] ?? "Choose" };
  const input = el("input", { ...named, type: kind });
  // the browser shows a date's pattern where the placeholder would stand, so that stands beside it
  const beside = !properties.id && element.placeholder;
  const node = beside ? el("label", { class: "dated" }, el("span", {}, words(element.placeholder)), input) : input;
  const write = (value) => { input.value = kind === "datetime-local" ? toLocal(value) : value; };
  const read = () => (input.value ? (kind === "datetime-local" ? toSeconds(input.value) : input.value) : null);
  if (element[FIRST[kind]]) write(element[FIRST[kind]]);
  input.addEventListener("change", () => {
    if (read() !== null) use({ [KEYS[kind]]: read() }, input);
  });
  return { node, read, write };
};

function toSeconds(local) {
  return Math.floor(new Date(local).getTime() / 1000);
}

function toLocal(seconds) {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
