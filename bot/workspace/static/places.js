// What an address of the page stands for: /archives/CHANNEL, /archives/CHANNEL/pTS, ?thread_ts=ROOT for a reply, and
// /archives/DM/home for the app's Home tab.

export function placeOf(address, channels) {
  const url = new URL(address, location.origin);
  const [, , id, message] = url.pathname.split("/");
  const channel = channels.find((one) => one.id === id) ?? channels[0];
  const ts = message?.match(/^p(\d+)(\d{6})$/)?.slice(1, 3).join(".") ?? null;
  return { channel, ts, thread: ts && url.searchParams.get("thread_ts"), home: Boolean(channel.dm_user) && message === "home" };
}

export function channelAddress(channel) {
  return `/archives/${channel.id}`;
}

export function homeAddress(channel) {
  return `/archives/${channel.id}/home`;
}

export function threadAddress(channel, root) {
  return `/archives/${channel.id}/p${root.replace(".", "")}?thread_ts=${root}&cid=${channel.id}`;
}

// Links within the page are followed without loading it again; go(address) shows the place.
export function followLinks(go) {
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest?.("a[href^='/archives/']");
    if (!anchor || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    event.preventDefault();
    history.pushState({ within: true }, "", anchor.getAttribute("href"));
    go();
  });
  addEventListener("popstate", go);
}
