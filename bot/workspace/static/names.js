// Who and what the ids stand for.

export class Names {
  constructor(about) {
    this.about = about;
  }

  user(id) {
    return this.about.users.find((user) => user.id === id)?.name;
  }

  channel(id) {
    return this.about.channels.find((channel) => channel.id === id)?.name;
  }

  isBot(id) {
    return this.about.users.some((user) => user.id === id && user.is_bot);
  }

  people() {
    return this.about.users.filter((user) => this.about.staff.includes(user.id));
  }

  channels() {
    return this.about.channels.filter((channel) => !channel.dm_user);
  }
}
