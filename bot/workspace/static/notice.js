// What the page has to say itself: how the connection is (a line above the messages), and what went wrong (a toast).

import { $ } from "./dom.js";

const SHOWN_FOR = 8000;
const node = $("toast");
let timer = null;

export function banner(text) {
  $("banner").textContent = text;
  $("banner").hidden = !text;
}

// Hides the toast of that timer, unless another has taken its place.
const clearer = (mine) => () => {
  if (timer === mine) node.hidden = true;
};

// In the topmost dialog, if there is one: all else is out of reach then.
export function toast(text, kind = "bad") {
  const dialogs = document.querySelectorAll("dialog[open]");
  (dialogs[dialogs.length - 1] ?? document.body).append(node);
  node.className = kind;
  node.textContent = text;
  node.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { node.hidden = true; }, SHOWN_FOR);
  return clearer(timer);
}
