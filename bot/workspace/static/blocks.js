// Block Kit blocks as DOM nodes.

import { el, link } from "./dom.js";
import { interactive } from "./elements.js";
import { mrkdwn, plain } from "./mrkdwn.js";
import { richText } from "./richtext.js";

export function renderBlocks(blocks, names, act) {
  return blocks.map((block) => (BLOCKS[block.type] ?? unknown)(block, names, (e, choice) => act(e, choice)));
}

function text(object, names) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : document.createTextNode(plain(object.text));
}

function section(block, names, act) {
  const body = el("div", { class: "text" });
  if (block.text) body.append(el("div", {}, text(block.text, names)));
  if (block.fields) body.append(el("div", { class: "fields" }, ...block.fields.map((f) => el("div", {}, text(f, names)))));
  const beside = block.accessory && (block.accessory.type === "image" ? image(block.accessory) : interactive(block.accessory, names, act));
  return el("div", { class: "section" }, body, beside ? el("div", { class: "accessory" }, beside) : null);
}

function context(block, names) {
  const parts = block.elements.map((e) => (e.type === "image" ? image(e) : el("span", {}, text(e, names))));
  return el("div", { class: "context" }, ...parts);
}

function actions(block, names, act) {
  return el("div", { class: "actions" }, ...block.elements.map((element) => interactive(element, names, act)));
}

// The page loads nothing from elsewhere, so a picture is a link to it.
function image(block) {
  return block.image_url ? link(block.image_url, `🖼 ${block.alt_text}`) : document.createTextNode(block.alt_text);
}

function unknown(block) {
  return el("p", { class: "note" }, `(${block.type})`);
}

const BLOCKS = {
  section,
  context,
  actions,
  rich_text: richText,
  header: (block) => el("h3", {}, plain(block.text.text)),
  divider: () => el("hr"),
  image: (block) => el("p", {}, image(block)),
  markdown: (block, names) => el("div", { class: "text" }, mrkdwn(block.text.replace(/\*\*(.+?)\*\*/g, "*$1*"), names)),
};
