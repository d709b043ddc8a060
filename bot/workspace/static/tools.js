// The things to try: a customer's mail, and sample leads that come and go by a slash command.

import { command } from "./acts.js";
import { plain } from "./mrkdwn.js";
import { toast } from "./notice.js";
import { sendTestMail } from "./testmail.js";

// desk: about, user(), goToLeads(), attempt(work)
export function makeTools(desk) {
  const run = (text, progress) => () => samples(desk, text, progress);
  return {
    mail: { icon: "mail", label: "Send a test email", run: () => sendTestMail(desk.about.announced?.recipient, desk.goToLeads) },
    load: { icon: "samples", label: "Load samples", run: run("samples", "Loading samples…") },
    remove: { icon: "remove", label: "Remove samples", run: run("samples remove", "Removing samples…") },
  };
}

async function samples({ about, user, goToLeads, attempt }, text, progress) {
  goToLeads();
  const clear = toast(progress, "good");
  const leads = about.channels.find((channel) => channel.name === "leads");
  await attempt(async () => {
    const { responses } = await command({ channel: leads.id, user: user() }, "/lead", text);
    const last = responses.at(-1);
    // what the bot answers stands in the channel
    if (last?.text && last.user !== about.bot) toast(plain(last.text));
    else clear();
  });
}
