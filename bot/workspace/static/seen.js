// Up to where each person has read each channel; this browser remembers it.

const key = (user, channel) => `seen:${user}:${channel.id}`;

export function seen(user, channel) {
  return localStorage.getItem(key(user, channel)) ?? "";
}

export function markSeen(user, channel) {
  if (channel.latest > seen(user, channel)) localStorage.setItem(key(user, channel), channel.latest);
}

export function isUnread(user, channel) {
  return channel.latest > seen(user, channel);
}
