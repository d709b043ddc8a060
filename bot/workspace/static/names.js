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

  isStaff(id) {
    return this.about.staff.includes(id);
  }

  // Whom one can be: the staff, then those from outside.
  people() {
    const people = this.about.users.filter((user) => !user.is_bot);
    return [...people.filter(({ id }) => this.isStaff(id)), ...people.filter(({ id }) => !this.isStaff(id))];
  }

  dm(user) {
    return this.about.channels.find((channel) => channel.dm_user === user);
  }

  inDm() {
    return this.user(this.about.bot) ?? "Leadbot";
  }

  mayRead(user, channel) {
    if (channel.dm_user) return channel.dm_user === user;
    return channel.members?.includes(user) ?? true;
  }

  channels() {
    return this.about.channels.filter((channel) => !channel.dm_user);
  }
}
