// What a person does here, each as one call of the control API; all else of the page asks for it by these names.
//
// GET /control/workspace tells besides: bots: [{ id, name }] that post what forms say; each channel's members: [user];
// shortcuts: [{ type: "global" | "message", callback_id, name, description }] of the app.
// A message's files: [{ id, name, title, mimetype, size, alt_text, url }]; url is a path of this server.

import { post, send, unanswered } from "./api.js";

async function told(path, body) {
  const answer = await post(path, body);
  if (answer.error) throw unanswered(answer.error);
  return answer;
}

// where: { user, channel, message_ts } or { user, view_id }; request: action_id, block_id, form and the choice
export const click = (where, request) => told("/control/click", { ...where, ...request });

// A modal, filled in (values: block_id → action_id → value) or closed; all: with those beneath it.
export const submit = (user, view_id, values) => told("/control/submit", { user, view_id, values });
export const close = (user, view_id, all) => post("/control/close", { user, view_id, all });

export const dismiss = (user, channel, ts) => post("/control/dismiss", { user, channel, ts });

// where: { user, channel }, for a reply with thread_ts, and broadcast where the channel is to see it too
export const say = (where, text) => post("/control/message", { ...where, text });

export const command = (where, name, text) => post("/control/command", { ...where, command: name, text });

// The Home tab is opened: the bot hears app_home_opened and publishes the view, which comes over the stream.
export const openHome = (user) => post("/control/home", { user });

// A shortcut of the app; on a message with channel and message_ts.
export const shortcut = (user, callback_id, on = {}) => told("/control/shortcut", { user, callback_id, ...on });

// One's own message, changed or taken away.
export const edit = (user, channel, ts, text) => post("/control/edit", { user, channel, ts, text });
export const remove = (user, channel, ts) => post("/control/delete", { user, channel, ts });

// A file of this computer, shared by a person. where: { user, channel }
export const share = (where, file, text) => send(`/control/file?${new URLSearchParams({ ...where, name: file.name, text })}`, file);

// What a form of a website posts by an incoming webhook.
export const sayAsForm = (channel, text) => post("/control/form", { channel, text });
