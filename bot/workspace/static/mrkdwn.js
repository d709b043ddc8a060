// Slack's mrkdwn as DOM nodes.

import { formatted } from "./dates.js";
import { el, link } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";

const MARKS = { "*": "strong", _: "em", "~": "s" };
const INLINE =
  /```\n?([\s\S]+?)\n?```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*_~])([*_~])(?=\S)([^\n]*?\S)\4(?!\w)|:([a-z0-9_+-]+):/g;

export function plain(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

// The text of a plain_text object.
export function words(object) {
  return object.emoji === false ? plain(object.text) : withEmoji(plain(object.text));
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

function node([, fenced, code, target, mark, marked, emojiName], names) {
  if (fenced !== undefined) return el("pre", {}, plain(fenced));
  if (code !== undefined) return el("code", {}, plain(code));
  if (target !== undefined) return reference(target, names);
  if (mark !== undefined) {
    const styled = el(MARKS[mark]);
    inline(marked, styled, names);
    return styled;
  }
  return document.createTextNode(emoji(emojiName));
}

function reference(target, names) {
  const [address, ...rest] = target.split("|");
  const label = rest.length ? plain(rest.join("|")) : null;
  if (address.startsWith("@")) return mention("@" + (names.user(address.slice(1)) ?? label ?? address.slice(1)));
  if (address.startsWith("#")) return mention("#" + (names.channel(address.slice(1)) ?? label ?? address.slice(1)));
  if (address.startsWith("!date^")) return date(address.split("^"), label ?? address);
  if (address.startsWith("!")) return mention("@" + address.slice(1).split("^")[0]);
  return link(plain(address), label ?? plain(address).replace(/^mailto:/, ""));
}

function date([, seconds, format, href], fallback) {
  const text = formatted(seconds, format ?? "") || fallback;
  return href ? link(plain(href), text) : document.createTextNode(text);
}

function mention(text) {
  return el("span", { class: "mention" }, text);
}
