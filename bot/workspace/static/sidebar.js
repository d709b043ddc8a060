// The channels, the things to try, what is not connected, and who one is; on a phone it is a drawer.

import { $, el, icon } from "./dom.js";
import { arrows } from "./keys.js";
import { isUnread } from "./seen.js";

const narrow = matchMedia("(max-width: 48rem)");

export class Sidebar {
  // names: the people; tools: [{ icon, label, run }]; switchTo(user): be somebody else
  constructor(names, tools, switchTo) {
    this.names = names;
    const button = (tool) => el("button", { type: "button", onclick: () => this.use(tool) }, icon(tool.icon), tool.label);
    $("tools").replaceChildren(...tools.map((tool) => el("li", {}, button(tool))));
    const option = ({ id, name }) => el("option", { value: id }, names.isStaff(id) ? name : `${name} (customer)`);
    $("user").replaceChildren(...names.people().map(option));
    $("user").addEventListener("change", () => switchTo($("user").value));
    $("menu").append(icon("menu"));
    $("menu").addEventListener("click", () => this.drawer(true));
    $("backdrop").addEventListener("click", () => this.drawer(false));
    $("sidebar").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && narrow.matches) this.drawer(false);
    });
    narrow.addEventListener("change", () => this.drawer(false));
    arrows($("sidebar"), "a, #tools button");
    this.drawer(false);
  }

  use(tool) {
    this.drawer(false);
    tool.run();
  }

  // Open, it keeps the focus; closed, a phone's drawer is out of the Tab key's way.
  drawer(open) {
    const wasOpen = document.body.classList.contains("drawer-open");
    document.body.classList.toggle("drawer-open", open && narrow.matches);
    $("backdrop").hidden = !open;
    $("menu").setAttribute("aria-expanded", String(open));
    $("sidebar").inert = narrow.matches && !open;
    $("main").inert = $("thread").inert = open && narrow.matches;
    if (open) $("sidebar").querySelector("a[aria-current], a").focus();
    else if (wasOpen) $("menu").focus();
  }

  show(channels, current, user) {
    $("user").value = user;
    const row = (channel) => el("li", {}, this.link(channel, channel === current, isUnread(user, channel)));
    $("channels").replaceChildren(...channels.filter((c) => !c.dm_user).map(row));
    $("dms").replaceChildren(...channels.filter((c) => c.dm_user).map(row));
  }

  link(channel, current, unread) {
    const mark = el("span", { class: "mark", "aria-hidden": "true" }, channel.dm_user ? "●" : "#");
    const name = channel.dm_user ? "Leadbot" : channel.name;
    const hint = unread ? el("span", { class: "hidden" }, ", unread") : null;
    const properties = { href: `/archives/${channel.id}`, "aria-current": current ? "page" : null };
    const pill = unread ? el("span", { class: "dot", "aria-hidden": "true" }) : null;
    return el("a", { ...properties, class: unread ? "unread" : null }, mark, el("span", {}, name), hint, pill);
  }

  connection(connected) {
    $("connection").textContent = connected ? "connected" : "not running";
    $("connection").dataset.on = String(Boolean(connected));
  }

  // off: one line for each part that is not connected, and how to turn it on
  off(lines) {
    $("off").hidden = lines.length === 0;
    $("off-count").textContent = String(lines.length);
    $("off-lines").replaceChildren(...lines.map(offLine));
  }
}

// "NAME is off: WHY; WHAT TO DO": the name stands out, each part has a line of its own.
function offLine(line) {
  const [, name, rest] = line.match(/^(.{1,40}?) is off: (.+)$/) ?? [null, null, line];
  const head = name && el("p", {}, el("b", {}, name), " is off:");
  return el("li", {}, head, ...rest.split("; ").map((part) => el("p", {}, ...coded(part))));
}

// `LIKE_THIS` is to be typed.
function coded(line) {
  return line.split("`").map((part, number) => (number % 2 ? el("code", {}, part) : part));
}
