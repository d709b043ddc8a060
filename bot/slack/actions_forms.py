"""What the windows of a card do when they are sent in."""

from __future__ import annotations

import functools
from collections.abc import Callable

from bot.slack import modals_edit, modals_later, modals_outcome
from bot.slack.actions_base import Acting, remembered_lead
from bot.slack.interaction import Interaction
from bot.slack.listeners import Form, Listeners, Work
from bot.slack.staff import NotStaff, StaffCheck, Unsure
from enrichment.adapters.store.acts import Change
from enrichment.adapters.store.desk import Desk
from enrichment.adapters.store.edits import Editing
from enrichment.errors import GiveUp, RetryLater
from enrichment.lead import LeadStatus

NoteOf = Callable[[Interaction], str]


class LeadForms:
    """The listeners of the windows. staff: who may be given a lead."""

    def __init__(self, acting: Acting, desk: Desk, editing: Editing, staff: StaffCheck) -> None:
        self._acting = acting
        self._desk = desk
        self._editing = editing
        self._staff = staff

    def listeners(self) -> Listeners:
        """All of them."""
        outcome, later, edit = modals_outcome, modals_later, modals_edit
        won = self._closing(LeadStatus.WON, outcome.note_of_won)
        lost = self._closing(LeadStatus.LOST, outcome.note_of_lost)
        forms = {
            outcome.WON_FORM: Form(outcome.unclear_value, won, outcome.NOTE),
            outcome.LOST_FORM: Form(outcome.unclear_reason, lost, outcome.NOTE),
            outcome.CLOSE_FORM: Form(outcome.unclear_outcome, self._close, outcome.NOTE),
            later.SNOOZE_FORM: Form(self._unclear_snooze, self._snooze, later.WHEN),
            later.ASSIGN_FORM: Form(later.unclear_owner, self._assign, later.OWNER),
            edit.EDIT_FORM: Form(edit.wrong_edit, self._edit, edit.NAME),
        }
        return Listeners(self._acting.people, forms=forms)

    def _closing(self, status: LeadStatus, note: NoteOf) -> Work:
        return functools.partial(self._end, status, note)

    async def _close(self, given: Interaction) -> None:
        """The window of older cards, in which the outcome is chosen."""
        status = LeadStatus(given.answers[modals_outcome.OUTCOME])
        await self._end(status, lambda answered: answered.answers.get(modals_outcome.NOTE, ""), given)

    async def _end(self, status: LeadStatus, note: NoteOf, given: Interaction) -> None:
        said = note(given)

        def close(lead: int, actor: str, name: str) -> Change:
            return self._desk.close(lead, actor, name, status, said)

        await self._acting.change(given, remembered_lead(given), close)

    def _unclear_snooze(self, given: Interaction) -> dict[str, str]:
        return modals_later.unclear_snooze(given, self._acting.clock.now())

    async def _snooze(self, given: Interaction) -> None:
        until = modals_later.snoozed_until(given, self._acting.clock.now())
        if until is None:
            raise GiveUp("this is no moment")

        def snooze(lead: int, actor: str, name: str) -> Change:
            return self._desk.snooze(lead, actor, name, until)

        await self._acting.change(given, remembered_lead(given), snooze)

    async def _assign(self, given: Interaction) -> None:
        owner = given.answers[modals_later.OWNER]
        try:
            await self._staff.admit(owner)
        except Unsure as error:
            raise RetryLater("Slack does not say just now who they are; please try again in a minute") from error
        except NotStaff as error:
            raise GiveUp("a lead can be given to its staff alone, and this person is none of them") from error
        owner_name = await self._acting.people.name(owner, "")

        def assign(lead: int, actor: str, name: str) -> Change:
            return self._desk.assign(lead, actor, name, owner, owner_name)

        await self._acting.change(given, remembered_lead(given), assign)

    async def _edit(self, given: Interaction) -> None:
        edits = modals_edit.edits_of(given)
        if not edits:
            return  # sent in as it was

        def edit(lead: int, actor: str, name: str) -> Change:
            return self._editing.edit(lead, actor, name, edits)

        await self._acting.change(given, remembered_lead(given), edit)
