// The Home tab of the app: a view that the bot publishes for each person, drawn again whenever it does.

import { renderBlocks } from "./blocks.js";
import { $, el } from "./dom.js";
import { Form } from "./form.js";
import { focusAgain, focusInside } from "./keys.js";

export class Home {
  // act(view, request): tells the bot of a use of an element
  constructor(names, act) {
    Object.assign(this, { names, act, views: new Map(), user: null, drawn: null, form: null });
    this.box = $("home");
  }

  put(user, view) {
    if (view.type !== "home") return;
    this.views.set(user, view);
    if (user === this.user) this.render();
  }

  show(user) {
    const other = user !== this.user;
    this.user = user;
    this.box.hidden = false;
    if (other) this.drawn = this.form = null;
    this.render();
  }

  hide() {
    this.user = this.drawn = this.form = null;
    this.box.hidden = true;
    this.box.replaceChildren();
  }

  render() {
    const view = this.views.get(this.user);
    if (view && view === this.drawn) return;
    const focus = focusInside(this.box);
    const typed = this.form?.values();
    this.form = new Form(this.names, (request) => this.act(view, request));
    const body = el("div", { class: "body" }, ...(view ? renderBlocks(view.blocks, this.form) : [nothing()]));
    if (typed) this.form.keep(typed);
    this.drawn = view;
    this.box.replaceChildren(body);
    focusAgain(this.box, focus);
  }
}

function nothing() {
  return el("div", { class: "empty" }, el("h2", {}, "Nothing here yet"), el("p", {}, "Leadbot shows your leads and settings here as soon as it runs."));
}
