// The page: which channel is shown, to whom, and what comes in over the stream.

import { get } from "./api.js";
import { Channel } from "./channel.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { $, alsoOwn } from "./dom.js";
import { emptyChannel } from "./empty.js";
import { Home } from "./home.js";
import { Incoming } from "./incoming.js";
import { Names } from "./names.js";
import { banner, toast } from "./notice.js";
import { Person } from "./person.js";
import { channelAddress, followLinks, homeAddress, placeOf } from "./places.js";
import { isUnread, markSeen, seen } from "./seen.js";
import { setUp } from "./setup.js";
import { Sidebar } from "./sidebar.js";
import { listen, openViews } from "./stream.js";
import { showTabs } from "./tabs.js";
import { Thread } from "./thread.js";
import { ThreadNav } from "./threadnav.js";
import { makeTools } from "./tools.js";
import { Views } from "./views.js";

const SHOWN = 500;
const about = await get("/control/workspace");
const names = new Names(about);
const state = { channel: null, home: false, user: rememberedUser(), waiting: null, connected: true };
alsoOwn(about.base_url);

const person = new Person(state, about);
const tools = makeTools({ about, user: () => state.user, goToLeads, attempt: (work) => person.attempt(work) });
const desk = {
  names,
  viewer: state.user,
  seen: "",
  openThread: (root) => threads.open(root),
  act: (message, request) => person.click(message, request),
  dismiss: (message) => person.dismiss(message),
  edit: (message, text) => person.edit(message, text),
  remove: (message) => person.remove(message),
  shortcut: (one, message) => person.shortcut(one, message),
  shortcuts: (kind) => person.shortcuts(kind),
};
const conversation = new Conversation();
const channelView = new Channel(conversation, desk, { empty: () => emptyChannel(state.channel, tools), read: allRead });
const thread = new Thread(conversation, desk);
const views = new Views(names, toast);
const home = new Home(names, (view, request) => person.clickInView(view, request));
const sidebar = new Sidebar(names, Object.values(tools), switchTo);
const composer = new Composer($("composer"), { send: sayHere, commands: () => about.announced?.commands ?? [] });
const threads = new ThreadNav({ state, names, person, conversation, channelView, thread, goToAddress });
const incoming = new Incoming({ about, state, conversation, channelView, thread, views, home, status, showPlace });

function sayHere(text) {
  channelView.toEnd(); // where the answer will stand
  return person.send(text, null);
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
  return names.people().some(({ id }) => id === remembered) ? remembered : about.staff[0];
}

function setUser(user) {
  state.user = desk.viewer = user;
  sessionStorage.setItem("user", user);
  views.setUser(user);
}

function switchTo(user) {
  setUser(user);
  threads.close();
  if (names.mayRead(user, state.channel)) return open(state.channel);
  const own = names.dm(user);
  history.replaceState(null, "", state.home ? homeAddress(own) : channelAddress(own));
  return goToAddress();
}

function status() {
  sidebar.connection(about.bot_connected);
  sidebar.off(about.announced?.off ?? []);
  if (!state.connected) banner("The workspace does not answer; trying again…");
  else banner(about.bot_connected ? "" : "Leadbot is not running. Start it with: leadbot run");
}

function showPlace() {
  const { channel, user } = state;
  const name = channel.dm_user ? names.inDm() : `#${channel.name}`;
  const others = about.channels.some((one) => isUnread(user, one) && names.mayRead(user, one));
  document.title = `${others ? "• " : ""}${name} · Leadbot workspace`;
  $("title").textContent = name;
  $("topic").textContent = channel.topic;
  composer.goTo(channel.id);
  composer.prompt(`Message ${name}, or type /`);
  sidebar.show(about.channels.filter((one) => names.mayRead(user, one)), channel, user);
  showTabs(state, about.home !== false, home);
}

function allRead() {
  if (document.hidden || !state.channel || state.waiting || state.home) return;
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
  waiting.forEach((change) => incoming.hear(change));
  channelView.render({ keep });
  if (thread.root) thread.render();
}

async function goToAddress() {
  const place = placeOf(location.href, about.channels);
  if (place.channel.dm_user && place.channel.dm_user !== state.user) setUser(place.channel.dm_user);
  const channel = names.mayRead(state.user, place.channel) ? place.channel : names.dm(state.user);
  sidebar.drawer(false);
  setHome(place.home);
  if (channel !== state.channel) {
    thread.close();
    await open(channel);
  }
  if (!threads.follow(place)) toast("That message is no longer shown here");
}

function setHome(wanted) {
  const changed = state.home !== wanted;
  state.home = wanted;
  if (wanted) person.openHome(); // as in Slack, the app hears of each visit
  if (changed && state.channel) showPlace();
  if (changed && !wanted) channelView.toEnd();
}

async function connected() {
  Object.assign(about, await get("/control/workspace"));
  state.connected = true;
  status();
  const open = await openViews(); // what was missed while the stream was down
  views.only(open.map(({ id }) => id));
  for (const view of open) home.put(view.user, view);
  if (!state.channel) return goToAddress();
  state.channel = about.channels.find(({ id }) => id === state.channel.id) ?? about.channels[0];
  showPlace(); // other channels may have become unread
  return load(true);
}

function disconnected() {
  state.connected = false;
  status();
}

setUser(state.user);
setUp({ channelView, closeThread: () => threads.close(), menu: { person, tools, about, state } });
followLinks(goToAddress);
listen({ hear: (change) => incoming.hear(change), back: () => person.attempt(connected), lost: disconnected });
