// Modals: the topmost view of the person who is shown, as the bot has opened it.

import * as acts from "./acts.js";
import { renderBlocks } from "./blocks.js";
import { closeDialog, openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { Form } from "./form.js";
import { focusInside } from "./keys.js";
import { words } from "./mrkdwn.js";

const FIELDS = "input, select, textarea";

export class Views {
  constructor(names, problem) {
    Object.assign(this, { names, problem, user: null, views: new Map(), shown: null });
  }

  setUser(user) {
    this.user = user;
    this.render();
  }

  // A view was opened or changed; a known one keeps its place in the stack.
  put(user, body) {
    if (body.type !== "modal") return;
    this.views.set(body.id, { ...this.views.get(body.id), user, body });
    this.render();
  }

  remove(ids) {
    ids.forEach((id) => this.views.delete(id));
    this.render();
  }

  // What is still open at the workspace, after a broken connection.
  only(ids) {
    this.remove([...this.views.keys()].filter((id) => !ids.includes(id)));
  }

  render() {
    const top = [...this.views.values()].filter((view) => view.user === this.user).at(-1);
    if (this.shown && top && this.shown.body === top.body) return;
    const focus = this.shown && top?.body.id === this.shown.body.id ? focusInside(this.shown.dialog) : null;
    if (this.shown) this.putAway();
    if (top) this.show(top, focus);
  }

  putAway() {
    const view = this.views.get(this.shown.body.id);
    if (view) view.values = this.shown.form.values();
    closeDialog(this.shown.dialog);
    this.shown = null;
  }

  show(view, focus) {
    const { body } = view;
    const form = new Form(this.names, (request) => this.act(body, request));
    const alert = el("p", { class: "error", role: "alert" });
    const content = el("div", { class: "view" }, alert, ...renderBlocks(body.blocks, form));
    if (view.values) form.keep(view.values);
    const send = body.submit
      ? el("button", { class: "primary", type: "submit", disabled: body.submit_disabled }, words(body.submit))
      : null;
    const back = el("button", { type: "button", onclick: () => this.close(body, false) }, closeWords(body));
    const dialog = openDialog({
      title: words(body.title),
      body: content,
      foot: [back, send].filter(Boolean),
      dismiss: () => this.close(body, false),
      cross: () => this.close(body, true),
    });
    dialog.dataset.view = body.id;
    dialog.querySelector("form").addEventListener("submit", () => send && this.submit(send));
    this.shown = { body, form, dialog, alert };
    firstFocus(dialog, focus)?.focus();
  }

  async act(body, request) {
    try {
      await acts.click({ view_id: body.id, user: this.user }, request);
      return true;
    } catch (error) {
      this.problem(error.message);
      return false;
    }
  }

  async close(body, all) {
    this.remove(all ? [...this.views.values()].filter((v) => v.body.root_view_id === body.root_view_id).map((v) => v.body.id) : [body.id]);
    await acts.close(this.user, body.id, all).catch(() => null); // gone there already is as good
  }

  async submit(button) {
    const { body, form, dialog, alert } = this.shown;
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    showErrors(dialog, alert, {});
    try {
      const { ack } = await acts.submit(this.user, body.id, form.values());
      if (ack?.response_action === "errors") showErrors(dialog, alert, ack.errors ?? {});
    } catch (error) {
      const told = error.body?.errors;
      if (told && !Array.isArray(told)) showErrors(dialog, alert, told);
      else alert.textContent = Array.isArray(told) ? `Leadbot's answer breaks Slack's rules: ${told[0]}` : error.message;
    } finally {
      button.removeAttribute("aria-busy");
    }
  }
}

function closeWords(body) {
  if (body.close) return words(body.close);
  return body.submit ? "Cancel" : "Close";
}

function firstFocus(dialog, focus) {
  const again = focus && focus !== "*" ? dialog.querySelector(focus) : null;
  const wanted = dialog.querySelector("[data-focus]") ?? dialog.querySelector(`.view :is(${FIELDS})`);
  return again ?? wanted ?? dialog.querySelector("footer button:last-child");
}

// errors: block_id → text, shown beside the input; what belongs to no input stands above all.
function showErrors(dialog, alert, errors) {
  const others = { ...errors };
  let first = null;
  for (const field of dialog.querySelectorAll(".field")) {
    const text = errors[field.dataset.block] ?? "";
    delete others[field.dataset.block];
    field.querySelector(".error").textContent = text;
    const input = field.querySelector(FIELDS);
    if (text) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
    if (text) first ??= input;
  }
  alert.textContent = Object.values(others).join(" ");
  first?.focus();
}
