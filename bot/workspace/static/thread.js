// The thread beside the channel; on a phone it takes the whole screen.

import { $, el } from "./dom.js";
import { arrows, focusAgain, focusInside } from "./keys.js";
import { renderMessage } from "./message.js";

export class Thread {
  constructor(conversation, desk) {
    Object.assign(this, { conversation, desk, root: null, forms: new Map() });
    this.panel = $("thread");
    this.box = $("thread-messages");
    arrows(this.box, ".message");
  }

  open(root, place) {
    this.root = root;
    $("thread-place").textContent = place;
    this.panel.hidden = false;
    document.body.classList.add("in-thread");
    this.render();
    this.box.scrollTop = this.box.scrollHeight;
  }

  close() {
    const root = this.root;
    this.root = null;
    this.panel.hidden = true;
    document.body.classList.remove("in-thread");
    return root;
  }

  render() {
    const root = this.conversation.get(this.root);
    const replies = this.conversation.replies(this.root);
    const count = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
    const line = el("div", { class: "divider replies", role: "separator", "aria-label": count }, el("span", {}, count));
    const nodes = replies.map((reply) => this.draw(reply));
    this.box.replaceChildren(...(root ? [this.draw(root)] : []), line, ...nodes);
  }

  draw(message) {
    const { node, form } = renderMessage(message, this.desk, { day: true });
    const old = this.forms.get(message.ts);
    if (old) form.keep(old.values());
    this.forms.set(message.ts, form);
    return node;
  }

  // Some message of this thread has changed.
  changed(ts, isNew) {
    const shown = this.node(ts);
    const message = this.conversation.get(ts);
    const atEnd = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 120;
    if (!shown || !message) {
      this.render();
    } else {
      const focus = focusInside(shown);
      const fresh = this.draw(message);
      shown.replaceWith(fresh);
      focusAgain(fresh, focus);
    }
    if (isNew && atEnd) this.box.scrollTop = this.box.scrollHeight;
  }

  node(ts) {
    return this.box.querySelector(`.message[data-ts="${CSS.escape(ts)}"]`);
  }

  reveal(ts) {
    const node = this.node(ts);
    node?.classList.add("revealed");
    node?.scrollIntoView({ block: "center" });
    node?.focus({ preventScroll: true });
    return Boolean(node);
  }
}
