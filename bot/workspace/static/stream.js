// What comes in over the stream of changes, and what was missed while it was down.

import { get } from "./api.js";

const AGAIN = 2000; // milliseconds

// hear(change): one change; back(): the stream is open, for the first time or again; lost(): it is not
export function listen({ hear, back, lost }) {
  const stream = new EventSource("/stream");
  stream.onmessage = (event) => hear(JSON.parse(event.data));
  stream.onopen = back;
  stream.onerror = () => {
    lost();
    // a browser comes back by itself after a broken connection, but not after a refusal
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => listen({ hear, back, lost }), AGAIN);
  };
}

// The open modals and home tabs: [{ user, … }]
export const openViews = async () => (await get("/control/views")).views;
