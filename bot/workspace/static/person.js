// What the person who is shown does. What goes wrong is told in a toast, and gives false.

import * as acts from "./acts.js";
import { toast } from "./notice.js";

export class Person {
  // state: { user, channel } of the page; about: what the workspace tells of itself
  constructor(state, about) {
    Object.assign(this, { state, about });
  }

  async attempt(work) {
    try {
      return (await work()) ?? true;
    } catch (error) {
      toast(error.message);
      return false;
    }
  }

  // A use of an element of a message, or of the Home tab.
  click(message, request) {
    const where = { message_ts: message.ts, channel: this.state.channel.id, user: this.state.user };
    return this.attempt(() => acts.click(where, request).then(() => true));
  }

  clickInView(view, request) {
    return this.attempt(() => acts.click({ view_id: view.id, user: this.state.user }, request).then(() => true));
  }

  dismiss(message) {
    return this.attempt(() => acts.dismiss(this.state.user, this.state.channel.id, message.ts));
  }

  edit(message, text) {
    return this.attempt(() => acts.edit(this.state.user, this.state.channel.id, message.ts, text));
  }

  remove(message) {
    return this.attempt(() => acts.remove(this.state.user, this.state.channel.id, message.ts));
  }

  openHome() {
    return this.attempt(() => acts.openHome(this.state.user));
  }

  // one: { callback_id, name, … } of the app; message: what it is used on, if on one
  shortcut(one, message = null) {
    const on = message ? { channel: this.state.channel.id, message_ts: message.ts } : {};
    return this.attempt(() => acts.shortcut(this.state.user, one.callback_id, on));
  }

  // kind: "global" or "message"; only people of the business have the app's shortcuts
  shortcuts(kind) {
    return this.isStaff() ? (this.about.shortcuts ?? []).filter(({ type }) => type === kind) : [];
  }

  isStaff() {
    return this.about.staff.includes(this.state.user);
  }

  // broadcast: whether a reply is to stand in the channel as well
  send(text, threadTs, broadcast = false) {
    const { user, channel } = this.state;
    const [, command, rest] = text.match(/^(\/\S+)\s*([\s\S]*)$/) ?? [];
    return this.attempt(async () => {
      if (command && threadTs) throw new Error(`${command} is not supported in threads, as in Slack: type it in the channel`);
      if (command && !this.known(command)) throw new Error(`${command} is not a valid command. Type / to see what there is`);
      if (command) await acts.command({ user, channel: channel.id }, command, rest);
      else await acts.say({ user, channel: channel.id, thread_ts: threadTs, ...(broadcast ? { broadcast } : {}) }, text);
    });
  }

  // As Slack itself refuses what no app has; before the bot has said what it has, all may be right.
  known(command) {
    const commands = this.about.announced?.commands ?? [];
    return commands.length === 0 || commands.some((one) => one.command.split(" ")[0] === command);
  }
}
