// The two sides of the app's own place: its Home tab, and what was written to each other.

import { $ } from "./dom.js";
import { channelAddress, homeAddress } from "./places.js";

// state: { channel, user, home }; hasHome: whether the app has a Home tab; home: the view of it
export function showTabs({ channel, user, home: wanted }, hasHome, home) {
  $("tabs").hidden = channel.dm_user !== user || !hasHome;
  $("tab-home").href = homeAddress(channel);
  $("tab-messages").href = channelAddress(channel);
  $(wanted ? "tab-home" : "tab-messages").setAttribute("aria-current", "page");
  $(wanted ? "tab-messages" : "tab-home").removeAttribute("aria-current");
  $("stage").hidden = $("composer").hidden = wanted;
  if (wanted) home.show(user);
  else home.hide();
}
