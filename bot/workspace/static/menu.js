// A button that opens a menu, used by mouse, by touch and by arrow keys; Slack's overflow menu is one.

import { el, icon, link, newId } from "./dom.js";
import { words } from "./mrkdwn.js";

export function overflow(element, { use, properties }) {
  const entry = (option) => ({
    label: words(option.text),
    note: option.description ? words(option.description) : null,
    url: option.url,
    run: (button) => use({ selected_option: option.value }, button),
  });
  return { node: menuButton(() => element.options.map(entry), { properties }) };
}

// entries(): [{ label, note, url, run(button) }], asked for each time that it opens
export function menuButton(entries, { label = "More actions", shape = "more", kind = "more", properties = {} } = {}) {
  const id = newId("menu");
  const menu = el("div", { id, class: "menu", role: "menu", popover: "auto", "aria-label": label });
  const state = { "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label, title: label };
  const button = el("button", { ...properties, ...state, type: "button", class: kind, "aria-controls": id }, icon(shape));
  const pick = (entry) => {
    menu.hidePopover();
    button.focus();
    entry.run?.(button);
  };
  const show = (first = 0) => {
    if (menu.matches(":popover-open")) return menu.hidePopover();
    menu.replaceChildren(...entries().map((entry) => item(entry, pick)));
    return open(menu, button, first);
  };
  button.addEventListener("click", () => show());
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    show(event.key === "ArrowUp" ? -1 : 0);
  });
  menu.addEventListener("keydown", (event) => moved(event, menu, button));
  menu.addEventListener("toggle", (event) => {
    // a fixed menu would stay where it is while its button moves away
    if (event.newState === "open") addEventListener("scroll", () => menu.hidePopover(), { capture: true, once: true });
    button.setAttribute("aria-expanded", String(event.newState === "open"));
  });
  return el("span", { class: "overflow" }, button, menu);
}

function item(entry, pick) {
  const more = entry.note ? el("span", { class: "note" }, entry.note) : null;
  const anchor = entry.url ? link(entry.url, entry.label) : null;
  const isLink = anchor?.nodeType === Node.ELEMENT_NODE;
  const node = isLink ? anchor : el("button", { type: "button" }, entry.label, more);
  node.setAttribute("role", "menuitem");
  node.tabIndex = -1;
  node.addEventListener("click", () => pick(entry));
  return node;
}

function open(menu, button, first) {
  menu.showPopover();
  place(menu, button);
  menu.children[first < 0 ? menu.children.length - 1 : first]?.focus();
}

// Below the button, or above it where there is no room; never beyond the window's edge.
function place(menu, button) {
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + 4 + height <= innerHeight;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - 4 - height)}px`;
}

function moved(event, menu, button) {
  const items = [...menu.children];
  const now = items.indexOf(document.activeElement);
  const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab" || event.key === "Escape") {
    menu.hidePopover();
    button.focus();
    event.preventDefault();
    event.stopPropagation();
  } else if (to !== undefined) {
    event.preventDefault();
    items[(to + items.length) % items.length].focus();
  }
  // within a message, the arrows would go on to the next one
  if (event.key !== "Escape") event.stopPropagation();
}
