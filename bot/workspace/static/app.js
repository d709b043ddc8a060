// The page: which channel is shown, to whom, and what is typed.

import { get, post } from "./api.js";
import { el } from "./dom.js";
import { MessageList } from "./messages.js";

const SHOWN = 500;
const HINTS = {
  leads: "Send an email to Leadbot or write in #inbox: the lead's card appears here. Type /lead help to see what you can ask.",
  inbox: "Write what a customer would write, for example: “Hi, can you fit me in tomorrow? Anna, 020 7946 0000”. Its card appears in #leads.",
  dm: "Write to Leadbot here, or type /lead help.",
};
const $ = (id) => document.getElementById(id);
const state = { channel: null, thread: null, user: null, about: null, unread: new Set(), missed: null };

const names = {
  user: (id) => state.about.users.find((user) => user.id === id)?.name,
  channel: (id) => state.about.channels.find((channel) => channel.id === id)?.name,
  isBot: (id) => state.about.users.some((user) => user.id === id && user.is_bot),
  people: () => state.about.users.filter((user) => state.about.staff.includes(user.id)),
};
const list = new MessageList($("messages"), names, { act, open: setThread });

async function act(message, element, choice) {
  const request = { message_ts: message.ts, channel: state.channel.id, action_id: element.action_id, user: state.user };
  await attempt(async () => {
    const { error } = await post("/control/click", { ...request, ...choice });
    if (error) throw new Error(`Leadbot did not answer (${error}). Is it running?`);
  });
}

async function attempt(work) {
  try {
    await work();
    banner();
  } catch (error) {
    banner(error.message);
  }
}

function banner(problem) {
  const text = problem ?? (state.about?.bot_connected ? "" : "Leadbot is not connected. Start it with: leadbot run");
  $("banner").textContent = text;
  $("banner").hidden = !text;
}

function setThread(ts) {
  state.thread = ts;
  $("target").hidden = !ts;
  showPrompt();
}

function showPrompt() {
  const where = state.channel.dm_user ? "Leadbot" : `#${state.channel.name}`;
  $("input").placeholder = state.thread ? "Reply…" : `Message ${where}, or / for a command`;
}

function channelLink(channel) {
  const current = channel.id === state.channel.id;
  const properties = { href: `/archives/${channel.id}`, "aria-current": current ? "page" : null };
  const label = channel.dm_user ? "Leadbot" : `# ${channel.name}`;
  const kind = state.unread.has(channel.id) ? "unread" : null;
  const go = (event) => {
    event.preventDefault();
    history.pushState(null, "", properties.href);
    open(channel);
  };
  return el("li", {}, el("a", { ...properties, class: kind, onclick: go }, label));
}

function renderChannels() {
  const mine = state.about.channels.filter((channel) => !channel.dm_user || channel.dm_user === state.user);
  $("channels").replaceChildren(...mine.filter((c) => !c.dm_user).map(channelLink));
  $("dms").replaceChildren(...mine.filter((c) => c.dm_user).map(channelLink));
}

async function open(channel) {
  state.channel = channel;
  state.unread.delete(channel.id);
  setThread(null);
  const name = channel.dm_user ? "Leadbot" : `#${channel.name}`;
  document.title = `${name} · Leadbot workspace`;
  $("title").textContent = name;
  $("topic").textContent = channel.topic;
  renderChannels();
  await load();
}

async function load() {
  const channel = state.channel;
  state.missed = []; // changes that come while the answer is under way
  const { messages } = await get(`/control/messages?channel=${channel.id}&limit=${SHOWN}`);
  if (channel !== state.channel) return;
  const hint = HINTS[channel.dm_user ? "dm" : channel.name] ?? "Write the first message below.";
  list.show(messages, state.user, { title: "Nothing here yet", text: hint });
  const missed = state.missed ?? [];
  state.missed = null;
  missed.forEach(changed);
}

function fromAddress() {
  const [, , id, message] = location.pathname.split("/");
  const channel = state.about.channels.find((one) => one.id === id) ?? state.about.channels[0];
  const ts = message?.replace(/^p(\d+)(\d{6})$/, "$1.$2");
  return { channel, ts };
}

async function goToAddress() {
  const { channel, ts } = fromAddress();
  if (channel.dm_user) setUser(channel.dm_user);
  await open(channel);
  if (ts) list.reveal(ts);
}

function setUser(id) {
  state.user = id;
  $("user").value = id;
  sessionStorage.setItem("user", id);
}

function changed(change) {
  if (change.type === "bot") {
    state.about.bot_connected = change.connected;
    return banner();
  }
  if (!state.channel) return;
  if (change.channel && change.channel !== state.channel.id) {
    if (change.type === "posted") state.unread.add(change.channel);
    return renderChannels();
  }
  if (state.missed) state.missed.push(change);
  else if (change.type === "posted" || change.type === "changed") list.put(change.message);
  else if (change.type === "deleted") list.remove(change.ts);
  else if (change.type === "reactions") list.react(change.ts, change.reactions);
}

function listen() {
  const stream = new EventSource("/stream");
  stream.onmessage = (event) => changed(JSON.parse(event.data));
  stream.onopen = () => attempt(async () => {
    state.about = await get("/control/workspace");
    if (state.channel) await load(); // what was missed while the stream was down
    else await goToAddress();
  });
  stream.onerror = () => banner("The workspace does not answer; trying again…");
}

async function send(text) {
  const where = { channel: state.channel.id, user: state.user };
  const [, command, rest] = text.match(/^(\/\S+)\s*([\s\S]*)$/) ?? [];
  if (command) await post("/control/command", { ...where, command, text: rest });
  else await post("/control/message", { ...where, text, thread_ts: state.thread });
}

function setUpComposer() {
  const input = $("input");
  const fit = () => {
    input.rows = Math.min(8, input.value.split("\n").length);
  };
  input.addEventListener("input", fit);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    $("composer").requestSubmit();
  });
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    fit();
    attempt(() => send(text));
  });
  $("leave").addEventListener("click", () => setThread(null));
}

async function start() {
  state.about = await get("/control/workspace");
  for (const person of names.people()) $("user").append(el("option", { value: person.id }, person.name));
  const remembered = sessionStorage.getItem("user");
  setUser(state.about.staff.includes(remembered) ? remembered : state.about.staff[0]);
  $("user").addEventListener("change", () => {
    setUser($("user").value);
    open(state.channel.dm_user ? state.about.channels.find((c) => c.dm_user === state.user) : state.channel);
  });
  window.addEventListener("popstate", goToAddress);
  setUpComposer();
  listen();
}

start().catch((error) => banner(error.message));
