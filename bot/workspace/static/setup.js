// What stands on the page from the start: icons, the ways out of a thread, the links that skip.

import { keepTimes } from "./dates.js";
import { $, icon } from "./dom.js";
import { plusMenu } from "./plusmenu.js";

// channelView: of the messages; closeThread(): out of the thread; menu: what the composer's "+" offers
export function setUp({ channelView, closeThread, menu }) {
  $("composer").querySelector("textarea").before(plusMenu(menu));
  $("thread-close").append(icon("close"));
  $("thread-back").append(icon("back"));
  for (const button of ["thread-close", "thread-back"]) $(button).addEventListener("click", closeThread);
  $("thread").addEventListener("keydown", (event) => event.key === "Escape" && closeThread());
  for (const [id, focus] of [["skip-messages", () => channelView.focus()], ["skip-input", () => $("input").focus()]]) {
    $(id).addEventListener("click", (event) => {
      event.preventDefault();
      focus();
    });
  }
  for (const button of document.querySelectorAll(".send")) button.append(icon("send"));
  document.addEventListener("visibilitychange", () => channelView.scrolled());
  keepTimes();
}
