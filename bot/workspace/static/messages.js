// A channel's messages: roots with their threads under them.

import { renderBlocks } from "./blocks.js";
import { el } from "./dom.js";
import { emoji, mrkdwn } from "./mrkdwn.js";

export class MessageList {
  // actions: act(message, element, choice), open(root ts or null); names: user, channel, people
  constructor(container, names, actions) {
    this.container = container;
    this.names = names;
    this.actions = actions;
    this.messages = new Map();
    this.openThreads = new Set();
  }

  show(messages, viewer, hint) {
    this.viewer = viewer;
    this.hint = hint;
    this.messages = new Map(messages.map((message) => [message.ts, message]));
    this.render();
  }

  put(message) {
    const old = this.messages.get(message.ts);
    this.messages.set(message.ts, { reactions: old?.reactions, ...message });
    this.renderThread(message.thread_ts ?? message.ts, !old);
  }

  remove(ts) {
    const message = this.messages.get(ts);
    this.messages.delete(ts);
    if (message) this.renderThread(message.thread_ts ?? ts, false);
  }

  react(ts, reactions) {
    const message = this.messages.get(ts);
    if (message) this.put({ ...message, reactions });
  }

  visible() {
    const own = (message) => !message.ephemeral_to || message.ephemeral_to === this.viewer;
    return [...this.messages.values()].filter(own).sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }

  render() {
    const all = this.visible();
    const roots = all.filter((message) => !message.thread_ts || !this.messages.has(message.thread_ts));
    this.container.replaceChildren(...(all.length ? roots.map((root) => this.thread(root, all)) : [this.empty()]));
    this.container.scrollTop = this.container.scrollHeight;
  }

  renderThread(ts, isNew) {
    const atEnd = this.container.scrollHeight - this.container.scrollTop - this.container.clientHeight < 80;
    const all = this.visible();
    const root = this.messages.get(ts);
    const shown = document.getElementById(`t${ts}`);
    if (!root || !shown || !all.includes(root)) return this.render();
    const focused = shown.contains(document.activeElement) ? focusKey(document.activeElement) : null;
    const fresh = this.thread(root, all);
    shown.replaceWith(fresh);
    if (focused) fresh.querySelector(focused)?.focus();
    if (isNew && atEnd) this.container.scrollTop = this.container.scrollHeight;
  }

  thread(root, all) {
    const replies = all.filter((message) => message.thread_ts === root.ts);
    const open = this.openThreads.has(root.ts);
    const node = el("article", { class: "thread", id: `t${root.ts}` }, this.message(root));
    if (!root.ephemeral_to) node.append(this.toggle(root, replies.length, open));
    if (open) node.append(el("div", { class: "replies" }, ...replies.map((reply) => this.message(reply))));
    return node;
  }

  toggle(root, count, open) {
    const label = count ? `${count} ${count === 1 ? "reply" : "replies"}` : "Reply in thread";
    const flip = () => {
      if (open) this.openThreads.delete(root.ts);
      else this.openThreads.add(root.ts);
      this.renderThread(root.ts, false);
      this.actions.open(open ? null : root.ts);
    };
    const properties = { type: "button", class: count ? "count" : "count none", "aria-expanded": String(open) };
    return el("button", { ...properties, "data-toggle": root.ts, onclick: flip }, count && open ? `Hide ${label}` : label);
  }

  message(message) {
    const user = this.names.user(message.user) ?? message.user;
    const when = new Date(Number(message.ts) * 1000);
    const head = el("div", { class: "head" }, el("b", {}, user));
    if (this.names.isBot(message.user)) head.append(el("span", { class: "app" }, "APP"));
    const time = when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    head.append(el("time", { datetime: when.toISOString(), title: when.toLocaleString() }, time));
    if (message.ephemeral_to) head.append(el("span", { class: "note" }, "Only visible to you"));
    const body = el("div", { class: "body" }, head, ...this.content(message));
    if (message.edited) body.append(el("span", { class: "note" }, "(edited)"));
    const picture = el("div", { class: "avatar", "aria-hidden": "true", "data-tone": tone(message.user) }, initials(user));
    const kind = message.ephemeral_to ? "message ephemeral" : "message";
    return el("div", { class: kind, id: `m${message.ts}` }, picture, body);
  }

  content(message) {
    const act = (element, choice) => this.actions.act(message, element, choice);
    const own = !this.names.isBot(message.user);
    const parts = message.blocks.length && !own
      ? renderBlocks(message.blocks, this.names, act)
      : [el("div", { class: "text" }, mrkdwn(message.text, this.names))];
    const reactions = Object.entries(message.reactions ?? {});
    const shown = reactions.map(([name, users]) => el("span", {}, `${emoji(name)} ${users.length}`));
    return shown.length ? [...parts, el("div", { class: "reactions" }, ...shown)] : parts;
  }

  empty() {
    return el("div", { class: "empty" }, el("h2", {}, this.hint.title), el("p", {}, this.hint.text));
  }

  reveal(ts) {
    const message = this.messages.get(ts);
    if (!message) return;
    const root = message.thread_ts ?? ts;
    this.openThreads.add(root);
    this.renderThread(root, false);
    const node = document.getElementById(`m${ts}`);
    node?.classList.add("revealed");
    node?.scrollIntoView({ block: "center" });
    this.actions.open(root);
  }
}

function focusKey(node) {
  if (node.dataset.action) return `[data-action="${CSS.escape(node.dataset.action)}"]`;
  return node.dataset.toggle ? `[data-toggle="${CSS.escape(node.dataset.toggle)}"]` : null;
}

function initials(name) {
  return name.split(" ").map((word) => word[0]).join("").slice(0, 2).toUpperCase();
}

function tone(user) {
  return String([...user].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 4);
}
