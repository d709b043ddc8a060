// The overflow menu: a button with dots that opens a menu, used by mouse, by touch and by arrow keys.

import { el, icon, link, newId } from "./dom.js";
import { words } from "./mrkdwn.js";

export function overflow(element, { use, properties }) {
  const id = newId("menu");
  const menu = el("div", { id, class: "menu", role: "menu", popover: "auto", "aria-label": "More actions" });
  const state = { "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "More actions" };
  const button = el("button", { ...properties, ...state, type: "button", class: "more", "aria-controls": id }, icon("more"));
  const pick = (option) => {
    menu.hidePopover();
    button.focus();
    use({ selected_option: option.value }, button);
  };
  menu.append(...element.options.map((option) => item(option, pick)));
  button.addEventListener("click", () => open(menu, button));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open(menu, button, event.key === "ArrowUp" ? -1 : 0);
  });
  menu.addEventListener("keydown", (event) => moved(event, menu, button));
  menu.addEventListener("toggle", (event) => {
    // a fixed menu would stay where it is while its button moves away
    if (event.newState === "open") addEventListener("scroll", () => menu.hidePopover(), { capture: true, once: true });
    button.setAttribute("aria-expanded", String(event.newState === "open"));
  });
  return { node: el("span", { class: "overflow" }, button, menu) };
}

function item(option, pick) {
  const more = option.description ? el("span", { class: "note" }, words(option.description)) : null;
  const anchor = option.url ? link(option.url, words(option.text)) : null;
  const node = anchor?.nodeType === Node.ELEMENT_NODE ? anchor : el("button", { type: "button" }, words(option.text), more);
  node.setAttribute("role", "menuitem");
  node.tabIndex = -1;
  node.addEventListener("click", () => pick(option));
  return node;
}

function open(menu, button, first = 0) {
  if (menu.matches(":popover-open")) return menu.hidePopover();
  menu.showPopover();
  place(menu, button);
  return [...menu.children].at(first).focus();
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
}
