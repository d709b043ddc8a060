// Block Kit blocks as DOM nodes, in messages and in views.

import { el, link, newId, ownFile } from "./dom.js";
import { control } from "./elements.js";
import { thumbnail } from "./files.js";
import { mrkdwn, words } from "./mrkdwn.js";
import { richText } from "./richtext.js";

// form: a Form, which gets to know every element
export function renderBlocks(blocks, form) {
  return blocks.map((block) => (BLOCKS[block.type] ?? unknown)(block, form));
}

function text(object, form) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, form.names) : document.createTextNode(words(object));
}

function section(block, form) {
  const id = newId("text");
  const body = el("div", { class: "text", id });
  if (block.text) body.append(el("div", {}, text(block.text, form)));
  if (block.fields) body.append(el("div", { class: "fields" }, ...block.fields.map((f) => field(f, form))));
  const beside = block.accessory && accessory(block, form, id);
  return el("div", { class: "section" }, body, beside ? el("div", { class: "accessory" }, beside) : null);
}

// A field of several lines names itself in the first.
function field(object, form) {
  return el("div", { class: object.text.includes("\n") ? "named" : null }, text(object, form));
}

function accessory(block, form, id) {
  if (block.accessory.type === "image") return picture(block.accessory);
  return control(block, block.accessory, form, { describedBy: id });
}

function context(block, form) {
  const parts = block.elements.map((e) => (e.type === "image" ? picture(e) : el("span", {}, text(e, form))));
  return el("div", { class: "context" }, ...parts);
}

function actions(block, form) {
  return el("div", { class: "actions" }, ...block.elements.map((element) => control(block, element, form, {})));
}

const GROUPS = new Set(["radio_buttons", "checkboxes", "multi_static_select"]);

// The error's place is there from the start, so that a screen reader hears what comes into it.
function input(block, form) {
  const { id, labelId, errorId } = { id: newId("field"), labelId: newId("label"), errorId: newId("error") };
  // a group of boxes is named by its label, which must not tick the first of them
  const group = GROUPS.has(block.element.type);
  const label = el(group ? "div" : "label", { class: "label", id: labelId, for: group ? null : id }, words(block.label));
  if (block.optional) label.append(el("span", { class: "note" }, " (optional)"));
  const hint = block.hint && el("p", { class: "note", id: newId("hint") }, words(block.hint));
  const describedBy = hint ? `${errorId} ${hint.id}` : errorId;
  const field = control(block, block.element, form, { id, labelId, describedBy, required: !block.optional });
  const error = el("p", { class: "error", id: errorId, "aria-live": "polite" });
  return el("div", { class: "field", "data-block": block.block_id }, label, field, error, hint);
}

// { id }, or { url } as the app was told it: …/files-pri/TEAM-ID
function fileAddress({ id, url }) {
  return `/files/${encodeURIComponent(id ?? url?.match(/\/files-pri\/[A-Z0-9]+-([A-Z0-9]+)/)?.[1] ?? "")}`;
}

// The page loads nothing from elsewhere: such a picture is its description, which leads to it.
function picture(block) {
  const own = ownFile(block.slack_file ? fileAddress(block.slack_file) : block.image_url);
  if (own) return thumbnail(own, block.alt_text);
  const label = `🖼 ${block.alt_text}`;
  return el("span", { class: "picture" }, block.image_url ? link(block.image_url, label) : label);
}

function image(block) {
  const title = block.title ? el("figcaption", {}, words(block.title)) : null;
  return el("figure", {}, title, picture(block));
}

function unknown(block) {
  return el("p", { class: "note" }, `(${block.type})`);
}

function markdown(block, form) {
  return el("div", { class: "text" }, mrkdwn(block.text.replace(/\*\*(.+?)\*\*/g, "*$1*"), form.names));
}

const BLOCKS = {
  section,
  context,
  actions,
  input,
  image,
  markdown,
  rich_text: (block, form) => richText(block, form.names),
  header: (block) => el("h3", {}, words(block.text)),
  divider: () => el("hr"),
};
