"""What the buttons of a card do: they change the lead, and the card and its thread follow by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from bot.slack import buttons, modals, modals_edit, modals_later, modals_outcome
from bot.slack.actions_base import Acting, lead_id_of, pressed
from bot.slack.blocks import TEXT_LIMIT, SlackMessage, clipped, link, markup
from bot.slack.full_message import FullMessage
from bot.slack.interaction import Interaction
from bot.slack.listeners import APOLOGY, Listeners, Work, plain
from bot.slack.modal_parts import Modal
from enrichment.adapters.store.acts import Change
from enrichment.adapters.store.book import OPEN_STATES
from enrichment.adapters.store.desk import Desk
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson
from enrichment.lead import Lead, LeadStatus
from enrichment.stages.business import Businesses

log = structlog.get_logger(__name__)

MakeForm = Callable[[Lead, str], Modal]


class LeadActions:
    """The listeners of a card's buttons, and of those in the windows that show a lead."""

    def __init__(self, acting: Acting, desk: Desk, full: FullMessage, businesses: Businesses) -> None:
        self._acting = acting
        self._desk = desk
        self._full = full
        self._businesses = businesses
        # Held, or they could vanish before they end.
        self._uploads: set[asyncio.Task[None]] = set()

    def listeners(self) -> Listeners:
        """All of them."""
        presses: dict[str, Work] = {
            buttons.CLAIM: self._claim,
            buttons.RELEASE: self._release,
            buttons.WON: self._asking(modals_outcome.won_form),
            buttons.LOST: self._asking(modals_outcome.lost_form),
            buttons.CLOSE: self._asking(modals_outcome.close_form),
            buttons.REOPEN_NOW: self._reopen,
            buttons.EDIT: self._edit,
            buttons.MORE: self._more,
            modals.PREVIOUS_PAGE: self._turn_page,
            modals.NEXT_PAGE: self._turn_page,
        }
        return Listeners(self._acting.people, presses)

    async def _claim(self, given: Interaction) -> None:
        await self._acting.change(given, lead_id_of(given), self._desk.claim)

    async def _release(self, given: Interaction) -> None:
        await self._acting.change(given, lead_id_of(given), self._desk.release)

    async def _reopen(self, given: Interaction) -> None:
        await self._acting.change(given, lead_id_of(given), self._desk.reopen)

    async def _wake(self, given: Interaction) -> None:
        await self._acting.change(given, lead_id_of(given), self._desk.unsnooze)

    async def _not_a_lead(self, given: Interaction) -> None:
        def close(lead: int, actor: str, name: str) -> Change:
            return self._desk.close(lead, actor, name, LeadStatus.NOT_A_LEAD)

        await self._acting.change(given, lead_id_of(given), close)

    async def _more(self, given: Interaction) -> None:
        """What was chosen behind the dots."""
        chosen: dict[str, Work] = {
            buttons.SHOW_MESSAGE: self._show_all,
            buttons.WHY: self._why,
            buttons.REOPEN: self._reopen,
            buttons.SNOOZE: self._asking(self._snooze_form),
            buttons.WAKE: self._wake,
            buttons.ASSIGN: self._asking(modals_later.assign_form),
            buttons.NOT_A_LEAD: self._not_a_lead,
        }
        work = chosen.get(pressed(given)[0])
        if work is None:
            raise GiveUp("this choice is not known any more")
        await work(given)

    def _asking(self, form: MakeForm) -> Work:
        """Open this window of an open lead; of one that is closed already, say so."""

        async def ask(given: Interaction) -> None:
            lead = await self._acting.lead(lead_id_of(given))
            if lead.status in OPEN_STATES:
                await self._acting.open(given, form(lead, given.channel))
                return
            found = await asyncio.to_thread(self._desk.standing, lead.id)
            await self._acting.tell_standing(given, lead.id, found)

        return ask

    def _snooze_form(self, lead: Lead, channel: str) -> Modal:
        return modals_later.snooze_form(lead, channel, self._businesses.named(lead.business).timezone)

    async def _why(self, given: Interaction) -> None:
        lead = await self._acting.seen(given, lead_id_of(given), "why")
        await self._acting.open(given, modals.urgency(lead))

    async def _edit(self, given: Interaction) -> None:
        """In the place of the window in which it was pressed, or in one of its own."""
        lead = await self._acting.lead(lead_id_of(given))
        country = self._businesses.named(lead.business).country
        show = self._acting.replace if given.view_id else self._acting.open
        await show(given, modals_edit.edit_form(lead, given.channel, country))

    async def _turn_page(self, given: Interaction) -> None:
        _, lead_id, page = pressed(given)
        await self._acting.replace(given, modals.message(await self._acting.lead(lead_id), page))

    async def _show_all(self, given: Interaction) -> None:
        """Begin to put it into the thread; Slack waits three seconds for an answer, files may take longer."""
        lead = await self._acting.seen(given, lead_id_of(given), "button")
        task = asyncio.create_task(self._put_in_thread(given, lead))
        self._uploads.add(task)
        task.add_done_callback(self._uploads.discard)

    async def _put_in_thread(self, given: Interaction, lead: Lead) -> None:
        try:
            said = await self._shown(given, lead)
        except LeadbotError as error:
            log.warning("a whole message could not be shown", lead=lead.id, why=str(error))
            said = plain(f"That did not work: {error}.")
        except Exception:  # a task of its own: nobody else would tell who waits for it
            log.exception("a whole message could not be shown", lead=lead.id)
            said = plain(APOLOGY)
        if said is not None:
            await self._acting.people.tell(given.user, said, given.channel)

    async def _shown(self, given: Interaction, lead: Lead) -> SlackMessage | None:
        """What the presser is told; nothing when a window tells it already."""
        try:
            url, new = await self._full.show(lead)
        except NeedsPerson as error:
            # As when the app was installed before it asked for files:write.
            log.warning("Slack takes no files; the message is shown in a window", why=str(error))
            await self._acting.open(given, modals.message(lead))
            return None
        return _found(lead, url, new=new)


def _found(lead: Lead, url: str, *, new: bool) -> SlackMessage:
    """Where the whole message is."""
    text = f"The whole message of {lead.label} is in its thread" + ("" if new else " already")
    shown = f"{text}: {link(url, 'show it')}" if url else text
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=(markup(f"📎 {shown}"),))
