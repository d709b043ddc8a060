// Menus, radio buttons and checkboxes: the browser's own, which every keyboard, phone and screen reader knows.

import { el, newId } from "./dom.js";
import { words } from "./mrkdwn.js";

const SOURCES = {
  selected_user: ["initial_user", "Choose a person", (names) => names.people().map(({ id, name }) => [id, names.isStaff(id) ? name : `${name} (guest)`])],
  selected_channel: ["initial_channel", "Choose a channel", (names) => names.channels().map(({ id, name }) => [id, `#${name}`])],
  selected_conversation: ["initial_conversation", "Choose a conversation", (names) => names.channels().map(({ id, name }) => [id, `#${name}`])],
};

export const oneOf = (key) => (element, { use, names, properties }) => {
  const [first, prompt, source] = SOURCES[key] ?? ["initial_option", "Choose", null];
  const empty = element.placeholder ? words(element.placeholder) : prompt;
  const node = el("select", { ...properties, "aria-label": properties.id ? null : empty }, el("option", { value: "" }, empty));
  if (source) for (const [value, label] of source(names)) node.append(el("option", { value }, label));
  else node.append(...options(element));
  const start = source ? element[first] : element[first]?.value;
  node.value = start ?? "";
  let chosen = node.value;
  node.addEventListener("change", async () => {
    const picked = node.value;
    if (picked && (await use({ [key]: picked }, node)) === false) node.value = chosen; // not confirmed, or not taken
    else chosen = picked;
  });
  return { node, read: () => node.value || null, write: (value) => { node.value = value; } };
};

function options(element) {
  const option = ({ value, text }) => el("option", { value }, words(text));
  const groups = element.option_groups ?? [];
  return [
    ...(element.options ?? []).map(option),
    ...groups.map((group) => el("optgroup", { label: words(group.label) }, ...group.options.map(option))),
  ];
}

function boxes(kind, element, all, first, { use, properties, label }, told) {
  const { id: _, "aria-describedby": about, "aria-required": required, ...rest } = properties;
  const name = newId("choice");
  const rows = all.map((option) => {
    const start = first.some((one) => one.value === option.value);
    const box = el("input", { type: kind, name, value: option.value, checked: start, ...rest });
    const more = option.description ? el("span", { class: "note" }, words(option.description)) : null;
    return el("label", { class: "choice" }, box, el("span", {}, words(option.text), more));
  });
  const group = { class: "choices", role: kind === "radio" ? "radiogroup" : "group", "aria-describedby": about };
  const node = el("div", { ...group, "aria-labelledby": label.labelId, "aria-required": required }, ...rows);
  const inputs = [...node.querySelectorAll("input")];
  const read = () => inputs.filter((box) => box.checked).map((box) => box.value);
  const write = (values) => inputs.forEach((box) => { box.checked = values.includes(box.value); });
  let chosen = read();
  node.addEventListener("change", async () => {
    const picked = read();
    if ((await use(told(picked), node)) === false) write(chosen);
    else chosen = picked;
  });
  return { node, read, write };
}

export function radioButtons(element, parts) {
  const first = element.initial_option ? [element.initial_option] : [];
  const made = boxes("radio", element, element.options, first, parts, ([value]) => ({ selected_option: value }));
  return { node: made.node, read: () => made.read()[0] ?? null, write: (value) => made.write([value]) };
}

export function checkboxes(element, parts) {
  const told = (values) => ({ selected_options: values });
  return boxes("checkbox", element, element.options, element.initial_options ?? [], parts, told);
}

// A list of many to choose from scrolls, so that it does not push the rest of the form away.
export function manyOf(element, parts) {
  const all = [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
  const told = (values) => ({ selected_options: values });
  const made = boxes("checkbox", element, all, element.initial_options ?? [], parts, told);
  made.node.classList.add("many");
  return made;
}
