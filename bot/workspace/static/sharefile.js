// "Share a file": a picture or a document of this computer, put into the channel that is open.

import { share } from "./acts.js";
import { closeDialog, openDialog } from "./dialog.js";
import { el, newId } from "./dom.js";
import { size } from "./files.js";

const MOST = 20_000_000; // bytes, as the workspace takes them

// where: { user, channel }; place: what the channel is called
export function shareFile(where, place) {
  const ids = [newId("file"), newId("words")];
  const picker = el("input", { id: ids[0], type: "file", "aria-describedby": `${ids[0]}-error` });
  const box = el("textarea", { id: ids[1], rows: 2, maxlength: 4000 });
  const error = el("p", { class: "error", id: `${ids[0]}-error`, role: "alert" });
  const chosen = el("div", { class: "field" }, el("label", { for: ids[0] }, `File, up to ${size(MOST)}`), picker, error);
  const said = el("div", { class: "field" }, el("label", { for: ids[1] }, "Message (optional)"), box);
  const close = () => closeDialog(dialog);
  const cancel = el("button", { type: "button", onclick: close }, "Cancel");
  const send = el("button", { type: "submit", class: "primary" }, "Share");
  const body = el("div", { class: "view" }, el("p", { class: "note" }, `It is shared in ${place}.`), chosen, said);
  const dialog = openDialog({ title: "Share a file", body, foot: [cancel, send], dismiss: close, kind: "sharefile" });
  picker.addEventListener("change", () => (error.textContent = ""));
  dialog.querySelector("form").addEventListener("submit", async () => {
    const file = picker.files[0];
    error.textContent = problemOf(file);
    if (error.textContent || send.getAttribute("aria-busy") === "true") return;
    send.setAttribute("aria-busy", "true"); // a second press must not share it twice
    try {
      await share(where, file, box.value.trim());
      close();
    } catch (problem) {
      error.textContent = problem.message;
    } finally {
      send.removeAttribute("aria-busy");
    }
  });
  picker.focus();
}

function problemOf(file) {
  if (!file) return "Choose a file";
  if (!file.size) return "This file is empty";
  return file.size > MOST ? `This file has ${size(file.size)}; up to ${size(MOST)} can be shared` : "";
}
