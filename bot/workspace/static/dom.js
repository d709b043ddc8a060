// Builds elements. Text only ever becomes a text node, so nothing that a message says can become markup.

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const $ = (id) => document.getElementById(id);

let lastId = 0;

// An id that nothing else on the page has, to tie a label or an error to its field.
export function newId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

const SAFE = new Set(["http:", "https:", "mailto:"]);
const OWN = new Set([location.origin]);

// The workspace may be known to the bot by another name than the one it was opened by.
export function alsoOwn(baseUrl) {
  OWN.add(new URL(baseUrl).origin);
}

// The address within this page that a URL stands for, or null when it leads elsewhere.
export function inside(url) {
  return OWN.has(url.origin) && url.pathname.startsWith("/archives/") ? url.pathname + url.search : null;
}

// The path of a file of this server's that an address stands for, or null.
export function ownFile(address) {
  try {
    const url = new URL(address, location.origin);
    return address && OWN.has(url.origin) && url.pathname.startsWith("/files/") ? url.pathname + url.search : null;
  } catch {
    return null;
  }
}

export function link(address, label) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return document.createTextNode(label);
  }
  if (!SAFE.has(url.protocol)) return document.createTextNode(label);
  const here = inside(url);
  if (here) return el("a", { href: here }, label);
  if (url.protocol === "mailto:") return mailLink(url, label);
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, label);
}

// Whom it goes to is always to be seen: a label alone could name anybody.
function mailLink(url, label) {
  const address = decoded(url.pathname);
  const told = label.includes(address) ? null : el("span", { class: "note" }, ` (${address})`);
  return el("a", { href: url.href, title: `Write to ${address}` }, label, told);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % is what it is
  }
}

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  menu: ["M4 7h16", "M4 12h16", "M4 17h16"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  back: ["M15 5l-7 7 7 7"],
  down: ["M12 5v14", "M6 13l6 6 6-6"],
  reply: ["M5 5h14v10h-8l-4 4v-4H5z"],
  mail: ["M4 6h16v12H4z", "M4 7l8 6 8-6"],
  samples: ["M12 4l2 6 6 2-6 2-2 6-2-6-6-2 6-2z"],
  remove: ["M5 7h14", "M10 7V5h4v2", "M7 7l1 12h8l1-12"],
  send: ["M5 12l14-7-5 14-3-6z"],
  plus: ["M12 5v14", "M5 12h14"],
  home: ["M4 11l8-7 8 7", "M6 10v10h12V10"],
  file: ["M6 3h8l4 4v14H6z", "M14 3v4h4"],
  form: ["M5 4h14v16H5z", "M8 9h8", "M8 13h8", "M8 17h4"],
  bolt: ["M13 3L5 14h6l-1 7 8-11h-6z"],
  more: ["M6 12h.01", "M12 12h.01", "M18 12h.01"],
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const shape of SHAPES[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", shape);
    svg.append(path);
  }
  return svg;
}
