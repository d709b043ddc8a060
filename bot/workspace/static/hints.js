// The list of commands that opens when one begins to type "/": an ARIA combobox with a listbox.

import { el, newId } from "./dom.js";

// "/lead similar TEXT" → "/lead similar ": words in capitals are what a person puts in, as in a manual
function literal(command) {
  return command.replace(/(\s+[[<]?[A-Z][A-Z0-9_-]*[\]>.…]*)+$/, " ");
}

export class Hints {
  // commands(): what the bot has announced; accept(): the text has changed
  constructor(input, list, commands, accept) {
    Object.assign(this, { input, list, commands, accept, active: -1, moved: false, shown: [] });
    const state = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-haspopup": "listbox" };
    for (const [name, value] of Object.entries({ ...state, "aria-controls": list.id })) input.setAttribute(name, value);
    input.addEventListener("input", () => this.update());
    input.addEventListener("focus", () => this.update());
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the box
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.fill([...list.children].indexOf(option));
    });
  }

  matching(typed) {
    if (!/^\/[^\n]*$/.test(typed)) return [];
    const wanted = typed.toLowerCase();
    const starts = this.commands().filter(({ command }) => literal(command).toLowerCase().startsWith(wanted));
    if (starts.length) return starts;
    const part = wanted.slice(1).trim(); // "/similar" finds "/lead similar TEXT"
    return part && !part.includes(" ") ? this.commands().filter(({ command }) => command.toLowerCase().includes(part)) : [];
  }

  update() {
    this.shown = this.matching(this.input.value);
    if (!this.shown.length) return this.close();
    this.list.replaceChildren(...this.shown.map(({ command, hint }) => (
      el("li", { role: "option", id: newId("hint"), "aria-selected": "false" }, el("b", {}, command), el("span", {}, hint.replaceAll("`", "")))
    )));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.moved = false;
    return this.select(0);
  }

  select(index) {
    this.active = (index + this.shown.length) % this.shown.length;
    [...this.list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === this.active)));
    const option = this.list.children[this.active];
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.list.hidden = true;
    this.shown = [];
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  // Enter sends whole words and all that stands after them, as in Slack; only a verb that is being typed is filled in.
  complete() {
    const typed = this.input.value.trim().toLowerCase();
    const whole = this.shown.some(({ command }) => `${command.toLowerCase()} `.startsWith(`${typed} `));
    return !this.moved && (whole || typed.split(/\s+/).length > 2);
  }

  key(event) {
    if (this.list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.moved = true;
      this.select(this.active + step);
    } else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !this.complete())) {
      this.fill(this.active);
    } else if (event.key === "Escape") {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  fill(index) {
    this.input.value = literal(this.shown[index].command);
    this.close();
    this.accept();
    this.input.focus();
  }
}
