// The composer's "+": the app's global shortcuts, and what one can post without typing.

import { menuButton } from "./menu.js";
import { postAsForm } from "./formpost.js";
import { shareFile } from "./sharefile.js";

// page: person, tools, about, state
export function plusMenu({ person, tools, about, state }) {
  const entries = () => {
    const shortcuts = person.shortcuts("global").map((one) => ({ label: one.name, note: one.description, run: () => person.shortcut(one) }));
    const { channel, user } = state;
    const place = channel?.dm_user ? "this conversation" : `#${channel?.name}`;
    const file = channel ? [{ label: "Share a file…", note: "A picture or a document", run: () => shareFile({ user, channel: channel.id }, place) }] : [];
    const bots = channel && !channel.dm_user ? about.bots ?? [] : [];
    const form = bots.map(({ name }) => ({ label: "Post as a web form…", note: `${name} writes in #${channel.name}`, run: () => postAsForm(channel, name) }));
    return [...shortcuts, { label: `${tools.mail.label}…`, note: "A customer's mail, by SMTP", run: () => tools.mail.run() }, ...file, ...form];
  };
  return menuButton(entries, { label: "Shortcuts and more", shape: "plus", kind: "quiet plus" });
}
