// Interactive elements; act(element, choice) tells the bot.

import { el, link } from "./dom.js";

export function interactive(element, names, act) {
  const kind = KINDS[element.type];
  return kind ? kind(element, names, confirmed(element, act)) : el("span", { class: "note" }, `(${element.type})`);
}

function confirmed(element, act) {
  return (choice, chosen = element) => {
    const ask = element.confirm;
    if (ask && !window.confirm(`${ask.title.text}\n\n${ask.text.text}`)) return;
    act(chosen, choice);
  };
}

function button(element, _names, act) {
  const label = element.text.text;
  if (element.url) {
    const anchor = link(element.url, label);
    if (anchor.nodeType === Node.ELEMENT_NODE) {
      anchor.className = "button";
      anchor.addEventListener("click", () => act({ value: element.value }));
    }
    return anchor;
  }
  const properties = { type: "button", class: element.style, "data-action": element.action_id };
  return el("button", { ...properties, onclick: () => act({ value: element.value }) }, label);
}

function menu(label, options, selected, pick, properties = {}) {
  const select = el("select", { "aria-label": label, ...properties });
  select.append(el("option", { value: "" }, label));
  for (const option of options) select.append(el("option", { value: option.value }, option.text));
  select.value = selected ?? "";
  select.addEventListener("change", () => {
    const chosen = select.value;
    select.value = selected ?? "";
    if (chosen) pick(chosen);
  });
  return select;
}

function flat(element) {
  const grouped = (element.option_groups ?? []).flatMap((group) => group.options);
  return [...(element.options ?? []), ...grouped].map(({ value, text }) => ({ value, text: text.text }));
}

function optionMenu(element, _names, act) {
  const overflow = element.type === "overflow";
  const label = overflow ? "⋯ More" : (element.placeholder?.text ?? "Choose");
  const properties = { class: overflow ? "overflow" : null, "data-action": element.action_id };
  const pick = (value) => act({ selected_option: value });
  return menu(label, flat(element), element.initial_option?.value, pick, properties);
}

function people(element, names, act) {
  const options = names.people().map(({ id, name }) => ({ value: id, text: name }));
  const label = element.placeholder?.text ?? "Choose a person";
  const properties = { "data-action": element.action_id };
  return menu(label, options, element.initial_user, (id) => act({ selected_user: id }), properties);
}

function date(element, _names, act) {
  const properties = { type: "date", "aria-label": element.placeholder?.text ?? "Choose a date" };
  const input = el("input", { ...properties, value: element.initial_date, "data-action": element.action_id });
  input.addEventListener("change", () => act({ selected_date: input.value }));
  return input;
}

const KINDS = {
  button,
  overflow: optionMenu,
  static_select: optionMenu,
  radio_buttons: optionMenu,
  users_select: people,
  datepicker: date,
};
