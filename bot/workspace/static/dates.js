// Times as people say them; the full time stands in the title.

const MINUTE = 60_000;
const DAY = 86_400_000;
const clock = (date) => date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

export const dateOf = (ts) => new Date(Number(ts) * 1000);

function daysAgo(date) {
  return Math.round((midnight(new Date()) - midnight(date)) / DAY);
}

// "just now", "5 min ago", "14:05"; with day, what is not of today says so.
export function relative(date, day) {
  const age = Date.now() - date.getTime();
  if (age < MINUTE && age > -MINUTE) return "just now";
  if (age >= 0 && age < 60 * MINUTE) return `${Math.floor(age / MINUTE)} min ago`;
  if (!day || daysAgo(date) === 0) return clock(date);
  return `${dayName(date)}, ${clock(date)}`;
}

// "Today", "Yesterday", "Monday, 5 May"
export function dayName(date) {
  const days = daysAgo(date);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long", year });
}

export function timeNode(ts, el, day = false) {
  const date = dateOf(ts);
  const title = date.toLocaleString([], { dateStyle: "full", timeStyle: "medium" });
  const properties = { datetime: date.toISOString(), title, "data-ts": ts, "data-day": day };
  return el("time", properties, relative(date, day));
}

// "5 min ago" must not stand there for an hour.
export function keepTimes(every = 20_000) {
  setInterval(() => {
    for (const node of document.querySelectorAll("time[data-ts]")) {
      const text = relative(dateOf(node.dataset.ts), node.hasAttribute("data-day"));
      if (node.textContent !== text) node.textContent = text;
    }
  }, every);
}

const TOKENS = {
  date_num: (d) => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`,
  date: (d) => d.toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" }),
  date_short: (d) => d.toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" }),
  date_long: (d) => d.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
  time: clock,
  time_secs: (d) => d.toLocaleTimeString(),
  ago: (d) => relative(d, true),
};

// Slack's own date formats, such as "{date_short_pretty} {time}"; null when the moment cannot be read.
export function formatted(seconds, format) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return format.replace(/\{(\w+?)(_pretty)?\}/g, (whole, token, pretty) => {
    if (pretty && daysAgo(date) >= 0 && daysAgo(date) < 2) return dayName(date).toLowerCase();
    return Object.hasOwn(TOKENS, token) ? TOKENS[token](date) : whole;
  });
}
