// One message as DOM nodes: who, when, what, and the way into its thread.

import { renderBlocks } from "./blocks.js";
import { timeNode } from "./dates.js";
import { el, icon } from "./dom.js";
import { emoji } from "./emoji.js";
import { renderFiles } from "./files.js";
import { Form } from "./form.js";
import { messageMenu } from "./messagemenu.js";
import { mrkdwn } from "./mrkdwn.js";

// desk: names, act(message, request), openThread(ts), dismiss(message), seen (the ts up to which all was read), and
// edit, remove, shortcut, shortcuts for its menu
export function renderMessage(message, desk, { replies = null, day = false } = {}) {
  const { names } = desk;
  const user = message.username ?? names.user(message.user) ?? message.user ?? "?";
  const isApp = names.isBot(message.user);
  const head = el("div", { class: "head" }, el("b", {}, user));
  if (isApp) head.append(el("span", { class: "app" }, "APP"));
  head.append(timeNode(message.ts, el, day));
  if (message.edited) head.append(el("span", { class: "note" }, "(edited)"));
  const form = new Form(names, (request) => desk.act(message, request));
  const body = el("div", { class: "body" }, head, ...content(message, form, isApp));
  if (message.subtype === "thread_broadcast") body.prepend(el("p", { class: "note" }, "Replied in a thread, and sent to the channel"));
  if (message.ephemeral_to) body.append(onlyYou(message, desk));
  body.append(...foot(message, replies, desk));
  const avatar = el("div", { class: "avatar", "aria-hidden": "true", "data-tone": tone(message.user ?? user) }, initials(user));
  const kind = message.ephemeral_to ? "message ephemeral" : "message";
  const node = el("article", { class: kind, "data-ts": message.ts, tabindex: -1 }, avatar, body);
  return { node, form };
}

function content(message, form, isApp) {
  const useBlocks = message.blocks.length > 0 && isApp;
  const parts = useBlocks
    ? renderBlocks(message.blocks, form)
    : [message.text ? el("div", { class: "text" }, mrkdwn(message.text, form.names)) : ""];
  // a message with a heading is a card: its parts belong together and stand apart from its neighbours
  const isCard = useBlocks && message.blocks[0].type === "header";
  const shown = isCard ? [el("div", { class: "card" }, ...parts)] : [...parts];
  if (message.files?.length) shown.push(renderFiles(message.files));
  const reactions = Object.entries(message.reactions ?? {});
  if (!reactions.length) return shown;
  return [...shown, el("div", { class: "reactions" }, ...reactions.map(([name, users]) => reaction(name, users, form.names)))];
}

function reaction(name, users, names) {
  const who = users.map((user) => names.user(user) ?? user).join(", ");
  return el("span", { title: `${who} reacted with :${name}:` }, `${emoji(name)} ${users.length}`);
}

function onlyYou(message, desk) {
  const dismiss = el("button", { type: "button", class: "textual", onclick: () => desk.dismiss(message) }, "Dismiss");
  return el("p", { class: "note only-you" }, "Only visible to you · ", dismiss);
}

// The way into the thread, and what else can be done with the message.
function foot(message, replies, desk) {
  const thread = replies && threadButton(message, replies, desk);
  const menu = messageMenu(message, desk);
  const tools = [replies?.length ? null : thread, menu].filter(Boolean);
  const count = replies?.length ? thread : null;
  return [count, tools.length ? el("div", { class: "tools" }, ...tools) : null].filter(Boolean);
}

function threadButton(message, replies, desk) {
  const open = () => desk.openThread(message.thread_ts ?? message.ts);
  if (!replies.length) {
    const properties = { type: "button", class: "reply quiet", "data-toggle": message.ts, title: "Reply in thread", onclick: open };
    return el("button", properties, icon("reply"), el("span", {}, "Reply"));
  }
  const last = replies.at(-1);
  const fresh = desk.seen && last.ts > desk.seen && last.user !== desk.viewer;
  const count = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  const latest = el("span", { class: "note" }, "Last reply ", timeNode(last.ts, el, true));
  const mark = fresh ? el("span", { class: "new" }, "New") : null;
  const properties = { type: "button", class: "count", "data-toggle": message.ts, onclick: open };
  return el("button", properties, icon("reply"), el("b", {}, count), mark, latest);
}

function initials(name) {
  return name.split(" ").map((word) => word[0]).join("").slice(0, 2).toUpperCase();
}

function tone(user) {
  return String([...user].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 4);
}
