// The channel's messages: the roots, oldest first, with the days and what is new between them.

import { dateOf, dayName } from "./dates.js";
import { $, el, icon } from "./dom.js";
import { arrows, focusAgain, focusInside, onTurn } from "./keys.js";
import { renderMessage } from "./message.js";

const ITEM = ".message";
const NEAR = 120; // pixels from the end that still count as there
const AT = 4; // and that a rounded position may be off

export class Channel {
  // empty(): what stands in a channel with no message; read(): all was seen
  constructor(conversation, desk, { empty, read }) {
    Object.assign(this, { conversation, desk, empty, read, forms: new Map(), missed: 0, following: true });
    this.box = $("messages");
    this.newest = $("newest");
    arrows(this.box, ITEM, { roving: true });
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.box.addEventListener("keydown", (event) => {
      const target = event.target;
      if (event.key === "Enter" && target.matches(ITEM)) target.querySelector("[data-toggle]")?.click();
    });
    this.newest.addEventListener("click", () => this.toEnd());
  }

  // keep: stay where the reader is, as after a broken connection
  render({ keep = false } = {}) {
    const stay = keep && !this.atEnd() ? this.box.scrollTop : null;
    const roots = this.conversation.roots();
    this.forms.clear();
    this.box.replaceChildren(...(roots.length ? this.withDividers(roots) : [this.empty()]));
    onTurn(this.box, ITEM, this.box.querySelector(`${ITEM}:last-of-type`));
    if (stay !== null) this.box.scrollTop = stay;
    else this.toEnd();
  }

  withDividers(roots) {
    const nodes = [];
    let day = "";
    let marked = !this.desk.seen;
    for (const root of roots) {
      const name = dayName(dateOf(root.ts));
      if (name !== day) nodes.push(divider("day", name));
      day = name;
      if (!marked && root.ts > this.desk.seen && root.user !== this.desk.viewer) {
        nodes.push(divider("fresh", "New"));
        marked = true;
      }
      nodes.push(this.draw(root));
    }
    return nodes;
  }

  draw(root) {
    const replies = root.ephemeral_to ? null : this.conversation.replies(root.ts);
    const { node, form } = renderMessage(root, this.desk, { replies });
    const old = this.forms.get(root.ts);
    if (old) form.keep(old.values());
    this.forms.set(root.ts, form);
    return node;
  }

  node(ts) {
    return this.box.querySelector(`${ITEM}[data-ts="${CSS.escape(ts)}"]`);
  }

  // A root or its thread has changed: only that is drawn again.
  changed(root, isNew) {
    const message = this.conversation.get(root);
    const shown = this.node(root);
    const atEnd = this.atEnd();
    if (!message || !this.conversation.mayBeSeen(message)) shown?.remove();
    else if (shown) this.replace(shown, message);
    else this.append(message);
    if (!this.box.querySelector(ITEM)) this.render();
    if (this.following || (isNew && atEnd)) this.toEnd(); // the newest card grows when more is known
    else if (isNew) this.count();
  }

  replace(shown, message) {
    const focus = focusInside(shown);
    const fresh = this.draw(message);
    fresh.tabIndex = shown.tabIndex;
    shown.replaceWith(fresh);
    focusAgain(fresh, focus);
  }

  append(message) {
    const last = [...this.box.querySelectorAll(ITEM)].at(-1);
    if (!last || last.dataset.ts > message.ts) return this.render({ keep: true });
    const day = dayName(dateOf(message.ts));
    if (day !== dayName(dateOf(last.dataset.ts))) this.box.append(divider("day", day));
    const fresh = this.draw(message);
    this.box.append(fresh);
    return onTurn(this.box, ITEM, fresh);
  }

  reveal(ts) {
    for (const old of this.box.querySelectorAll(".revealed")) old.classList.remove("revealed");
    const node = this.node(ts);
    node?.classList.add("revealed");
    node?.scrollIntoView({ block: "center" });
    node?.focus({ preventScroll: true });
    return Boolean(node);
  }

  // What makes the column narrower or wider leaves the message of `ts`, or else what is read here, where it is.
  hold(ts, reflow) {
    const frame = this.box.getBoundingClientRect();
    if (!frame.height) return reflow(); // on a phone the thread covers it
    const shown = (node) => node && edges(node).bottom > frame.top && edges(node).top < frame.bottom;
    const pressed = this.node(ts);
    const toEnd = this.following && !shown(pressed);
    const anchor = [pressed, ...this.box.querySelectorAll(ITEM)].find(shown);
    const edge = anchor && edges(anchor).top < frame.top ? "bottom" : "top";
    const before = anchor && edges(anchor)[edge];
    reflow();
    if (!this.box.clientHeight) return undefined;
    if (toEnd) return this.toEnd();
    if (anchor) this.box.scrollTop += edges(anchor)[edge] - before;
    return this.scrolled();
  }

  focus() {
    (this.box.querySelector(`${ITEM}[tabindex="0"]`) ?? this.box).focus();
  }

  atEnd(within = NEAR) {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < within;
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.scrolled();
  }

  scrolled() {
    const atEnd = this.atEnd();
    this.following = this.atEnd(AT);
    this.newest.hidden = atEnd;
    if (!atEnd) return;
    this.missed = 0;
    this.label();
    this.read();
  }

  count() {
    this.missed += 1;
    this.label();
  }

  label() {
    const words = this.missed ? ` ${this.missed === 1 ? "message" : "messages"}` : "Jump to newest";
    this.newest.replaceChildren(icon("down"), el("span", {}, this.missed ? `${this.missed} new` : "", el("span", { class: "words" }, words)));
  }
}

function edges(node) {
  return node.getBoundingClientRect();
}

function divider(kind, text) {
  return el("div", { class: `divider ${kind}`, role: "separator", "aria-label": text }, el("span", {}, text));
}
