// Files of a message: pictures as thumbnails that open large, all else by name and size; each can be downloaded.

import { closeDialog, openDialog } from "./dialog.js";
import { el, icon, ownFile } from "./dom.js";

const UNITS = ["B", "kB", "MB", "GB"];

export function renderFiles(files) {
  return el("ul", { class: "files", "aria-label": "Files" }, ...files.map((file) => el("li", {}, oneFile(file))));
}

function oneFile(file) {
  const address = ownFile(file.url);
  const name = file.title || file.name || "file";
  const label = `${file.name ?? name}, ${size(file.size)}`;
  if (!address) return el("span", { class: "file" }, icon("file"), el("span", {}, name), el("span", { class: "note" }, "not here any more"));
  const picture = file.mimetype?.startsWith("image/") ? thumbnail(address, file.alt_text || name, name) : icon("file");
  return el("div", { class: "file" }, picture, el("span", { class: "name" }, name, el("span", { class: "note" }, label)), download(address, file.name ?? name));
}

function download(address, name) {
  return el("a", { class: "button", href: address, download: name, "aria-label": `Download ${name}` }, icon("down"), "Download");
}

// A picture of this server's; alt: what it shows, in words.
export function thumbnail(address, alt, name = alt) {
  const picture = el("img", { src: address, alt, loading: "lazy" });
  const button = el("button", { type: "button", class: "thumbnail", title: "Open large", "data-picture": address }, picture);
  picture.addEventListener("error", () => button.replaceWith(el("span", { class: "picture" }, `🖼 ${alt} (cannot be shown)`)));
  button.addEventListener("click", () => openLarge(address, alt, name));
  return button;
}

function openLarge(address, alt, name) {
  const close = () => closeDialog(dialog);
  const body = el("div", { class: "view" }, el("img", { src: address, alt }), el("p", { class: "note" }, alt));
  const shut = el("button", { type: "button", onclick: close }, "Close");
  const dialog = openDialog({ title: name, body, foot: [download(address, name), shut], dismiss: close, kind: "large" });
  shut.focus();
}

// "812 B", "1.4 MB"
export function size(bytes) {
  let [number, unit] = [Number(bytes) || 0, 0];
  while (number >= 1000 && unit < UNITS.length - 1) [number, unit] = [number / 1000, unit + 1];
  return `${unit && number < 10 ? number.toFixed(1) : Math.round(number)} ${UNITS[unit]}`;
}
