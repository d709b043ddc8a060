// rich_text blocks as DOM nodes.

import { formatted } from "./dates.js";
import { el, link } from "./dom.js";
import { emoji } from "./emoji.js";

const CONTAINERS = { rich_text_quote: "blockquote", rich_text_preformatted: "pre" };
const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };

export function richText(block, names) {
  return el("div", { class: "rich" }, ...block.elements.map((part) => container(part, names)));
}

function container(part, names) {
  if (part.type === "rich_text_list") {
    const tag = part.style === "ordered" ? "ol" : "ul";
    const list = el(tag, { start: part.offset ? part.offset + 1 : null, "data-indent": part.indent || null });
    for (const item of part.elements) list.append(el("li", {}, ...item.elements.map((piece) => inline(piece, names))));
    return list;
  }
  const tag = CONTAINERS[part.type] ?? "p";
  return el(tag, {}, ...part.elements.map((piece) => inline(piece, names)));
}

function inline(piece, names) {
  let node = bare(piece, names);
  for (const [style, tag] of Object.entries(STYLES)) {
    if (piece.style?.[style]) node = el(tag, {}, node);
  }
  return node;
}

function bare(piece, names) {
  switch (piece.type) {
    case "text":
      return document.createTextNode(piece.text);
    case "link":
      return link(piece.url, piece.text ?? piece.url);
    case "user":
      return el("span", { class: "mention" }, "@" + (names.user(piece.user_id) ?? piece.user_id));
    case "channel":
      return el("span", { class: "mention" }, "#" + (names.channel(piece.channel_id) ?? piece.channel_id));
    case "broadcast":
      return el("span", { class: "mention" }, "@" + piece.range);
    case "emoji":
      return document.createTextNode(emoji(piece.name));
    case "date":
      return document.createTextNode(formatted(piece.timestamp, piece.format) ?? piece.fallback ?? "");
    default:
      return document.createTextNode(piece.value ?? piece.usergroup_id ?? "");
  }
}
