// A box to write in: Enter sends, Shift+Enter makes a new line, "/" opens the list of commands.

import { Hints } from "./hints.js";

export class Composer {
  // send(text): resolves to false when the text was not taken, which then stays to be tried again
  constructor(form, { send, commands = null }) {
    this.input = form.querySelector("textarea");
    this.drafts = new Map();
    this.place = null;
    const fit = () => this.fit();
    if (commands) this.hints = new Hints(this.input, form.querySelector("[role=listbox]"), commands, fit);
    this.input.addEventListener("input", fit);
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = this.input.value.trim();
      if (!text) return;
      const { place } = this;
      this.put("");
      if ((await send(text)) === false) this.giveBack(place, text);
    });
  }

  // What was not taken waits where it was written, unless something else was begun there.
  giveBack(place, text) {
    if (place !== this.place) this.drafts.set(place, this.drafts.get(place) || text);
    else if (!this.input.value) this.put(text);
  }

  // What was begun in one place waits there.
  goTo(place) {
    if (place === this.place) return;
    this.drafts.set(this.place, this.input.value);
    this.place = place;
    this.put(this.drafts.get(place) ?? "");
  }

  put(text) {
    this.input.value = text;
    this.hints?.close();
    this.fit();
  }

  fit() {
    this.input.rows = Math.min(8, this.input.value.split("\n").length);
  }

  prompt(text) {
    this.input.placeholder = text;
  }
}
