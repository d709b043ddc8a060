// The page: which channel is shown, to whom, and what comes in over the stream.

import { get, post, unanswered } from "./api.js";
import { Channel } from "./channel.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { keepTimes } from "./dates.js";
import { $, alsoOwn, icon } from "./dom.js";
import { emptyChannel } from "./empty.js";
import { Names } from "./names.js";
import { banner, toast } from "./notice.js";
import { channelAddress, followLinks, placeOf, threadAddress } from "./places.js";
import { isUnread, markSeen, seen } from "./seen.js";
import { Sidebar } from "./sidebar.js";
import { Thread } from "./thread.js";
import { makeTools } from "./tools.js";
import { Views } from "./views.js";

const SHOWN = 500;
const about = await get("/control/workspace");
const names = new Names(about);
const state = { channel: null, user: rememberedUser(), waiting: null, connected: true };
alsoOwn(about.base_url);

const tools = makeTools({ about, user: () => state.user, goToLeads, attempt });
const desk = { names, viewer: state.user, seen: "", act, openThread, dismiss };
const conversation = new Conversation();
const channelView = new Channel(conversation, desk, { empty: () => emptyChannel(state.channel, tools), read: allRead });
const thread = new Thread(conversation, desk);
const views = new Views(names, toast);
const sidebar = new Sidebar(names, Object.values(tools), switchTo);
const composer = new Composer($("composer"), { send: (text) => send(text, null), commands: () => about.announced?.commands ?? [] });
const threadComposer = new Composer($("thread-composer"), { send: (text) => send(text, thread.root) });

// Does something at the workspace; what goes wrong is told, and false.
async function attempt(work) {
  try {
    return (await work()) ?? true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

function act(message, request) {
  const where = { message_ts: message.ts, channel: state.channel.id, user: state.user };
  return attempt(async () => {
    const { error } = await post("/control/click", { ...where, ...request });
    if (error) throw unanswered(error);
  });
}

function dismiss(message) {
  return attempt(() => post("/control/dismiss", { ts: message.ts, channel: state.channel.id, user: state.user }));
}

function send(text, threadTs) {
  const where = { channel: state.channel.id, user: state.user };
  const [, command, rest] = text.match(/^(\/\S+)\s*([\s\S]*)$/) ?? [];
  if (!threadTs) channelView.toEnd(); // where the answer will stand
  return attempt(async () => {
    if (command && threadTs) throw new Error(`${command} is not supported in threads, as in Slack: type it in the channel`);
    if (command && !known(command)) throw new Error(`${command} is not a valid command. Type / to see what there is`);
    if (command) await post("/control/command", { ...where, command, text: rest });
    else await post("/control/message", { ...where, text, thread_ts: threadTs });
  });
}

// As Slack itself refuses what no app has; before the bot has said what it has, all may be right.
function known(command) {
  const commands = about.announced?.commands ?? [];
  return commands.length === 0 || commands.some((one) => one.command.split(" ")[0] === command);
}

async function goToLeads() {
  const leads = about.channels.find((channel) => channel.name === "leads");
  if (state.channel === leads && thread.root === null) return void channelView.toEnd();
  history.pushState({ within: true }, "", channelAddress(leads));
  await goToAddress();
  channelView.toEnd(); // the way out of a thread leads to its root
}

function rememberedUser() {
  const remembered = sessionStorage.getItem("user");
  return about.staff.includes(remembered) ? remembered : about.staff[0];
}

function setUser(user) {
  state.user = desk.viewer = user;
  sessionStorage.setItem("user", user);
  views.setUser(user);
}

function switchTo(user) {
  setUser(user);
  const own = about.channels.find((channel) => channel.dm_user === user);
  closeThread();
  open(state.channel.dm_user ? own : state.channel);
}

function status() {
  sidebar.connection(about.bot_connected);
  sidebar.off(about.announced?.off ?? []);
  if (!state.connected) banner("The workspace does not answer; trying again…");
  else banner(about.bot_connected ? "" : "Leadbot is not running. Start it with: leadbot run");
}

function showPlace() {
  const { channel, user } = state;
  const name = channel.dm_user ? "Leadbot" : `#${channel.name}`;
  const others = about.channels.some((one) => isUnread(user, one) && (!one.dm_user || one.dm_user === user));
  document.title = `${others ? "• " : ""}${name} · Leadbot workspace`;
  $("title").textContent = name;
  $("topic").textContent = channel.topic;
  composer.goTo(channel.id);
  composer.prompt(`Message ${name}, or type /`);
  threadComposer.prompt("Reply…");
  sidebar.show(about.channels, channel, user);
}

function allRead() {
  if (document.hidden || !state.channel || state.waiting) return;
  const unread = isUnread(state.user, state.channel);
  markSeen(state.user, state.channel);
  if (unread) showPlace();
}

async function open(channel) {
  state.channel = channel;
  desk.seen = seen(state.user, channel);
  showPlace();
  await load();
}

async function load(keep = false) {
  const { channel } = state;
  const waiting = (state.waiting = []); // changes that come while the answer is under way
  const { messages } = await get(`/control/messages?channel=${channel.id}&limit=${SHOWN}`);
  if (state.waiting !== waiting) return;
  state.waiting = null;
  conversation.load(messages, state.user);
  waiting.forEach(changed);
  channelView.render({ keep });
  if (thread.root) thread.render();
}

async function goToAddress() {
  const { channel, ts, thread: root } = placeOf(location.href, about.channels);
  if (channel.dm_user && channel.dm_user !== state.user) setUser(channel.dm_user);
  sidebar.drawer(false);
  if (channel !== state.channel) {
    thread.close();
    await open(channel);
  }
  const message = ts && conversation.get(ts);
  const wanted = root ?? message?.thread_ts;
  if (wanted && conversation.get(wanted)) showThread(wanted, ts);
  else {
    const left = thread.close();
    if (ts && !channelView.reveal(ts)) toast("That message is no longer shown here");
    else if (!ts && left) channelView.node(left)?.focus();
  }
}

function openThread(root) {
  history.pushState({ within: true }, "", threadAddress(state.channel, root));
  showThread(root, null);
  // on a phone, the keyboard would cover the thread
  (matchMedia("(pointer: coarse)").matches ? $("thread-back") : threadComposer.input).focus();
}

function showThread(root, ts) {
  threadComposer.goTo(root);
  thread.open(root, state.channel.dm_user ? "Leadbot" : `#${state.channel.name}`);
  if (ts && ts !== root) thread.reveal(ts);
}

// The phone's own back button does the same.
function closeThread() {
  if (thread.root === null) return;
  if (history.state?.within) return void history.back();
  history.pushState(null, "", channelAddress(state.channel));
  goToAddress();
}

function changed(change) {
  if (change.type === "bot") about.bot_connected = change.connected;
  if (change.type === "announced") about.announced = change.announced;
  if (change.type === "bot" || change.type === "announced") return status();
  if (change.type === "view") return views.put(change.user, change.view);
  if (change.type === "view_closed") return views.remove(change.views);
  if (change.type === "posted") latest(change);
  if (change.channel !== state.channel?.id) return state.channel && showPlace();
  if (state.waiting) return state.waiting.push(change);
  return apply(change);
}

// What makes a channel unread: a root that everybody sees, and not one's own.
function latest({ channel, message }) {
  const one = about.channels.find(({ id }) => id === channel);
  if (!one || message.thread_ts || message.ephemeral_to || message.ts <= one.latest) return;
  const own = message.user === state.user && !isUnread(state.user, one);
  one.latest = message.ts;
  if (own) markSeen(state.user, one);
}

function apply(change) {
  const { message } = change;
  if (message) return redraw(message, conversation.put(message));
  const known = conversation.get(change.ts);
  if (!known) return null;
  if (change.type === "deleted") conversation.remove(change.ts);
  else conversation.put({ ...known, reactions: change.reactions });
  return redraw(known, false);
}

function redraw(message, isNew) {
  const root = conversation.rootOf(message);
  if (root === thread.root) thread.changed(message.ts, isNew);
  return channelView.changed(root, isNew && root === message.ts);
}

function listen() {
  const stream = new EventSource("/stream");
  stream.onmessage = (event) => changed(JSON.parse(event.data));
  stream.onopen = () => attempt(async () => {
    Object.assign(about, await get("/control/workspace"));
    state.connected = true;
    status();
    if (!state.channel) return goToAddress();
    // what was missed while the stream was down
    state.channel = about.channels.find(({ id }) => id === state.channel.id) ?? about.channels[0];
    views.only((await get("/control/views")).views.map(({ id }) => id));
    return load(true);
  });
  stream.onerror = () => {
    state.connected = false;
    status();
  };
}

function setUpPage() {
  $("thread-close").append(icon("close"));
  $("thread-back").append(icon("back"));
  for (const button of ["thread-close", "thread-back"]) $(button).addEventListener("click", closeThread);
  $("thread").addEventListener("keydown", (event) => event.key === "Escape" && closeThread());
  for (const [id, focus] of [["skip-messages", () => channelView.focus()], ["skip-input", () => $("input").focus()]]) {
    $(id).addEventListener("click", (event) => {
      event.preventDefault();
      focus();
    });
  }
  for (const button of document.querySelectorAll(".send")) button.append(icon("send"));
  document.addEventListener("visibilitychange", () => channelView.scrolled());
  followLinks(goToAddress);
  keepTimes();
}

setUser(state.user);
setUpPage();
listen();
