// The ways into a thread and out of it, and the box to reply in.

import { Composer } from "./composer.js";
import { $ } from "./dom.js";
import { channelAddress, threadAddress } from "./places.js";

export class ThreadNav {
  // page: state, names, person, conversation, channelView, thread, goToAddress()
  constructor(page) {
    Object.assign(this, page);
    this.composer = new Composer($("thread-composer"), { send: (text) => this.reply(text) });
    this.composer.prompt("Reply…");
  }

  async reply(text) {
    const also = $("also");
    const sent = await this.person.send(text, this.thread.root, also.checked);
    if (sent !== false) also.checked = false;
    return sent;
  }

  open(root) {
    history.pushState({ within: true }, "", threadAddress(this.state.channel, root));
    this.show(root, null);
    // on a phone, the keyboard would cover the thread
    (matchMedia("(pointer: coarse)").matches ? $("thread-back") : this.composer.input).focus();
  }

  show(root, ts) {
    const { channel } = this.state;
    const place = channel.dm_user ? this.names.inDm() : `#${channel.name}`;
    this.composer.goTo(root);
    $("also-where").textContent = place;
    $("also").checked = false;
    this.channelView.hold(root, () => this.thread.open(root, place));
    if (ts && ts !== root) this.thread.reveal(ts);
  }

  // The phone's own back button does the same.
  close() {
    if (this.thread.root === null) return;
    if (history.state?.within) return void history.back();
    history.pushState(null, "", channelAddress(this.state.channel));
    this.goToAddress();
  }

  // Opens the thread that an address names, or leaves the one that is open; false: the message is not here any more.
  follow({ ts, thread: root }) {
    const wanted = root ?? (ts && this.conversation.get(ts)?.thread_ts);
    if (wanted && this.conversation.get(wanted)) {
      this.show(wanted, ts);
      return true;
    }
    const left = this.thread.root;
    this.channelView.hold(left, () => this.thread.close());
    if (ts) return this.channelView.reveal(ts);
    if (left) this.channelView.node(left)?.focus();
    return true;
  }
}
