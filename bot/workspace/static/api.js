// Calls to the workspace.

export async function get(path) {
  return answer(await fetch(path));
}

export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

// The body as it is: a file.
export async function send(path, body) {
  return answer(await fetch(path, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body }));
}

// What went wrong, in one line; body: the whole answer, for those who want to know where.
export class Refused extends Error {
  constructor(message, body) {
    super(message);
    this.body = body;
  }
}

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(body.error ?? (response.statusText || `error ${response.status}`), body);
  return body;
}

// A click or a form that the bot did not take.
export function unanswered(code) {
  return new Refused(`Leadbot did not answer (${code}). Is it running?`, {});
}
