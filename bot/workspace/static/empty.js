// What stands in a channel with nothing in it: what to do first.

import { el, icon } from "./dom.js";

const TEXTS = {
  leads: ["Leads will appear here", "Every message from a customer becomes one card in this channel. Start with some examples, or be the customer yourself."],
  inbox: ["Be a customer here", "What a customer or a web form writes in this channel becomes a lead in #leads. Choose below who you are, then write."],
  dm: ["You and Leadbot", "Only you can read this. Type / to see what you can ask for."],
};

// tools: load (samples) and mail, as the sidebar has them
export function emptyChannel(channel, { load, mail }) {
  const [title, text] = TEXTS[channel.dm_user ? "dm" : channel.name] ?? ["Nothing here yet", "Write the first message below."];
  const node = el("div", { class: "empty" }, el("h2", {}, title), el("p", {}, text));
  if (channel.name === "leads") node.append(el("div", { class: "first" }, big(load, "primary"), big(mail, "")));
  return node;
}

function big(tool, kind) {
  const button = el("button", { type: "button", class: `big ${kind}` }, icon(tool.icon), tool.label);
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    await tool.run();
    button.removeAttribute("aria-busy");
  });
  return button;
}
