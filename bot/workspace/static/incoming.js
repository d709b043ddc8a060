// What comes in over the stream of changes, and where on the page it belongs.

import { isUnread, markSeen } from "./seen.js";

export class Incoming {
  // page: about, state, conversation, channelView, thread, views, home, status(), showPlace()
  constructor(page) {
    Object.assign(this, page);
  }

  hear(change) {
    const told = KINDS[change.type];
    if (told) return told(this, change);
    if (change.type === "posted") this.latest(change);
    if (change.channel !== this.state.channel?.id) return this.state.channel && this.showPlace();
    if (this.state.waiting) return this.state.waiting.push(change);
    return this.apply(change);
  }

  // What makes a channel unread: a root that everybody sees, and not one's own.
  latest({ channel, message }) {
    const one = this.about.channels.find(({ id }) => id === channel);
    const reply = message.thread_ts && message.subtype !== "thread_broadcast";
    if (!one || reply || message.ephemeral_to || message.ts <= one.latest) return;
    const own = message.user === this.state.user && !isUnread(this.state.user, one);
    one.latest = message.ts;
    if (own) markSeen(this.state.user, one);
  }

  apply(change) {
    const { message } = change;
    if (message) return this.redraw(message, this.conversation.put(message));
    const known = this.conversation.get(change.ts);
    if (!known) return null;
    if (change.type === "deleted") this.conversation.remove(change.ts);
    else this.conversation.put({ ...known, reactions: change.reactions });
    return this.redraw(known, false);
  }

  redraw(message, isNew) {
    const root = this.conversation.rootOf(message);
    if (root === this.thread.root) this.thread.changed(message.ts, isNew);
    this.channelView.changed(root, isNew && root === message.ts);
    if (root !== message.ts && this.conversation.inChannel(message)) this.channelView.changed(message.ts, isNew);
  }

  // The app may have other shortcuts now, which stand at each message.
  installed({ shortcuts, home }) {
    Object.assign(this.about, { shortcuts, home });
    if (!this.state.channel || this.state.waiting) return;
    this.showPlace();
    this.channelView.render({ keep: true });
    if (this.thread.root) this.thread.render();
  }

  view({ user, view }) {
    this.views.put(user, view);
    this.home.put(user, view);
  }
}

const KINDS = {
  bot: (page, { connected }) => {
    page.about.bot_connected = connected;
    page.status();
  },
  announced: (page, { announced }) => {
    page.about.announced = announced;
    page.status();
  },
  app: (page, change) => page.installed(change),
  view: (page, change) => page.view(change),
  view_closed: (page, { views }) => page.views.remove(views),
};
