// Slack's mrkdwn as DOM nodes.

import { el, link } from "./dom.js";

const EMOJI = {
  fire: "🔥", sunny: "☀️", snowflake: "❄️", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️",
  eyes: "👀", wave: "👋", tada: "🎉", bell: "🔔", email: "✉️", envelope: "✉️", phone: "☎️", telephone_receiver: "📞",
  link: "🔗", mag: "🔍", bulb: "💡", robot_face: "🤖", hourglass: "⌛", hourglass_flowing_sand: "⏳", clock1: "🕐",
  large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠", red_circle: "🔴", white_circle: "⚪",
  large_blue_circle: "🔵", star: "⭐", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", repeat: "🔁",
  speech_balloon: "💬", bar_chart: "📊", sparkles: "✨", lock: "🔒", rotating_light: "🚨", inbox_tray: "📥", memo: "📝",
};
const MARKS = { "*": "strong", _: "em", "~": "s" };
const INLINE =
  /```\n?([\s\S]+?)\n?```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*_~])([*_~])(?=\S)([^\n]*?\S)\4(?!\w)|:([a-z0-9_+-]+):/g;

export function plain(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

export function emoji(name) {
  return EMOJI[name] ?? `:${name}:`;
}

export function mrkdwn(text, names) {
  const root = document.createDocumentFragment();
  let quote = null;
  for (const part of splitQuotes(text)) {
    quote = part.quoted ? el("blockquote") : null;
    if (quote) root.append(quote);
    inline(part.text, quote ?? root, names);
  }
  return root;
}

function splitQuotes(text) {
  const parts = [];
  let fenced = false;
  for (const line of text.split("\n")) {
    const quoted = !fenced && /^(&gt;|>) ?/.test(line);
    const bare = quoted ? line.replace(/^(&gt;|>) ?/, "") : line;
    if ((line.split("```").length - 1) % 2) fenced = !fenced;
    const last = parts.at(-1);
    if (last && last.quoted === quoted) last.text += "\n" + bare;
    else parts.push({ quoted, text: bare });
  }
  return parts;
}

function inline(text, parent, names) {
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    parent.append(plain(text.slice(end, match.index)), node(match, names));
    end = match.index + match[0].length;
  }
  parent.append(plain(text.slice(end)));
}

function node([whole, fenced, code, target, mark, marked, emojiName], names) {
  if (fenced !== undefined) return el("pre", {}, plain(fenced));
  if (code !== undefined) return el("code", {}, plain(code));
  if (target !== undefined) return reference(target, names);
  if (mark !== undefined) {
    const styled = el(MARKS[mark]);
    inline(marked, styled, names);
    return styled;
  }
  return document.createTextNode(emojiName in EMOJI ? EMOJI[emojiName] : whole);
}

function reference(target, names) {
  const [address, ...rest] = target.split("|");
  const label = rest.length ? plain(rest.join("|")) : null;
  if (address.startsWith("@")) return mention("@" + (names.user(address.slice(1)) ?? label ?? address.slice(1)));
  if (address.startsWith("#")) return mention("#" + (names.channel(address.slice(1)) ?? label ?? address.slice(1)));
  if (address.startsWith("!date^")) return document.createTextNode(label ?? address);
  if (address.startsWith("!")) return mention("@" + address.slice(1).split("^")[0]);
  return link(plain(address), label ?? plain(address).replace(/^mailto:/, ""));
}

function mention(text) {
  return el("span", { class: "mention" }, text);
}
