"""The bodies of the control API's requests; unknown keys are mistakes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.workspace.faults import EnvelopeFault, Fault
from bot.workspace.identity import FORM_BOT, LEADS_CHANNEL, STAFF_1

Json = dict[str, Any]
PersonId = Literal["U0STAFF1", "U0STAFF2", "U0GUEST1"]
# What stands in a form, by block_id and action_id: an option's value, a list of them, or Slack's own form.
FormValues = dict[str, dict[str, Any]]


class PersonRequest(BaseModel):
    """Something that a person does."""

    model_config = ConfigDict(extra="forbid")
    user: PersonId = STAFF_1  # type: ignore[assignment]  # a constant of that very value


class CommandRequest(PersonRequest):
    """A slash command, as typed in a channel."""

    command: str = Field(pattern=r"^/[^\s/]{1,32}$")
    text: str = Field(default="", max_length=12_000)
    channel: str = LEADS_CHANNEL


class MessageRequest(PersonRequest):
    """A message, as typed in a channel or, with thread_ts, in a thread. broadcast: "Also send to #channel"."""

    channel: str
    text: str = Field(min_length=1, max_length=40_000)
    thread_ts: str | None = None
    broadcast: bool = False


class EditRequest(PersonRequest):
    """New words for one's own message."""

    channel: str
    ts: str
    text: str = Field(min_length=1, max_length=40_000)


class DeleteRequest(PersonRequest):
    """One's own message, to be taken away."""

    channel: str
    ts: str


class HomeRequest(PersonRequest):
    """The app's home tab, opened."""


class ShortcutRequest(PersonRequest):
    """A shortcut of the app, from anywhere or, with channel and message_ts, from a message's menu."""

    callback_id: str = Field(min_length=1, max_length=255)
    channel: str | None = None
    message_ts: str | None = None


class FormRequest(BaseModel):
    """What a form of a website posts, as an app with an incoming webhook does; text is in Slack's own form."""

    model_config = ConfigDict(extra="forbid")
    channel: str
    text: str = Field(min_length=1, max_length=40_000)
    bot: Literal["B0FORMS01"] = FORM_BOT.id  # type: ignore[assignment]  # a constant of that very value
    username: str = Field(default="", max_length=80)


class ClickRequest(PersonRequest):
    """A use of an element, of a message or of a view; the choice is by value or in Slack's own form.

    block_id: which block's, where several share an action_id and a value. form: what stands in the other elements.
    """

    message_ts: str | None = None
    view_id: str | None = None
    channel: str | None = None
    action_id: str
    block_id: str | None = None
    form: FormValues = Field(default_factory=dict)
    value: str | None = None
    selected_option: Json | str | None = None
    selected_options: list[Json | str] | None = None
    selected_user: str | None = None
    selected_channel: str | None = None
    selected_conversation: str | None = None
    selected_date: str | None = None
    selected_time: str | None = None
    selected_date_time: int | None = None

    def choice(self) -> Json:
        """What was chosen, without what was not said."""
        told = {"message_ts", "view_id", "channel", "action_id", "block_id", "form", "user"}
        return self.model_dump(exclude=told, exclude_none=True)


class SubmitRequest(PersonRequest):
    """A modal, filled in."""

    view_id: str
    values: FormValues = Field(default_factory=dict)


class CloseRequest(PersonRequest):
    """A modal that is closed unsent. all: with those beneath it, as its cross does; its button goes one back."""

    view_id: str
    all: bool = False


class DismissRequest(PersonRequest):
    """A message only for this person that they have read."""

    channel: str
    ts: str


class FaultRequest(BaseModel):
    """Trouble for the next `times` calls of a method; the other kinds need no method.

    socket_drop strikes at once. ack_lost: the next `times` acks of the bot never arrive. twice, late (by `seconds`)
    and out_of_order (after the one that follows it) strike the next `times` envelopes, of `envelope` or of any kind.
    """

    model_config = ConfigDict(extra="forbid")
    method: str = ""
    kind: Fault | EnvelopeFault | Literal["socket_drop", "ack_lost"]
    times: int = Field(default=1, ge=1, le=1000)
    seconds: float = Field(default=1.0, ge=0, le=600)
    envelope: Literal["events_api", "interactive", "slash_commands", ""] = ""
