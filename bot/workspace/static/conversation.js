// The messages of the channel that is open, as data; what shows them asks here.

const KEPT = 1500; // a page that stays open for weeks must not grow for ever

export class Conversation {
  constructor() {
    this.messages = new Map();
    this.viewer = null;
  }

  load(messages, viewer) {
    this.viewer = viewer;
    this.messages = new Map(messages.map((message) => [message.ts, message]));
  }

  get(ts) {
    return this.messages.get(ts);
  }

  // Whether the message is new here; its reactions are told apart from it.
  put(message) {
    const old = this.messages.get(message.ts);
    this.messages.set(message.ts, { reactions: old?.reactions, ...message });
    if (this.messages.size > KEPT) this.messages.delete([...this.messages.keys()].sort()[0]);
    return !old;
  }

  remove(ts) {
    const message = this.messages.get(ts);
    this.messages.delete(ts);
    return message;
  }

  rootOf(message) {
    return message.thread_ts && this.messages.has(message.thread_ts) ? message.thread_ts : message.ts;
  }

  // A reply that was also sent to the channel stands in both.
  inChannel(message) {
    return message.subtype === "thread_broadcast" || this.rootOf(message) === message.ts;
  }

  mayBeSeen(message) {
    return !message.ephemeral_to || message.ephemeral_to === this.viewer;
  }

  roots() {
    return this.sorted((message) => this.inChannel(message));
  }

  replies(root) {
    return this.sorted((message) => message.thread_ts === root && message.ts !== root);
  }

  sorted(wanted) {
    const found = [...this.messages.values()].filter((message) => wanted(message) && this.mayBeSeen(message));
    return found.sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }
}
