"""One [[mailbox]] table of leadbot.toml: what may stand in it, and what its provider adds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from bot import mail_providers, mailbox_values
from bot.mail_providers import Login, Provider, Tls

if TYPE_CHECKING:
    from channels.mail.imap_session import Mailbox

_PASSWORD_NEEDED = "password_env (the name of a variable) or password_file (the path of a file) is needed, one of them"  # noqa: S105 - advice
_Name = Annotated[str, AfterValidator(mailbox_values.name)]
_User = Annotated[str, AfterValidator(mailbox_values.user)]
_Variable = Annotated[str, AfterValidator(mailbox_values.variable)]
_Word = Annotated[str, AfterValidator(mailbox_values.word)]
_Url = Annotated[str, AfterValidator(mailbox_values.url)]


class MailboxTable(BaseModel):
    """One [[mailbox]] table.

    name: as staff call it; business: whose mail it holds, empty when mail is sorted by the address it was sent to;
    provider: a name of mail_providers.toml, whose server and login it then has; user: who logs in, mostly the address;
    login: by password, or with a token of Google or Microsoft (`microsoft-app`: as an app, without a person);
    client_id, client_secret_*, tenant: of the app that is registered there; *_url: where it is, when it is elsewhere;
    folders: what is read; junk: Junk folders, empty means the ones that the server marks; after: what is done with a
    mail once it is stored; interval: seconds between polls; ca_file: PEM file of who signed the server's certificate.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: _Name
    business: str = ""
    provider: str = ""
    host: Annotated[str, AfterValidator(mailbox_values.host)]
    port: Annotated[int, Field(ge=1, le=65_535)]
    tls: Tls
    user: _User
    login: Login
    password_env: _Variable | None = None
    password_file: Path | None = None
    client_id: _Word = ""
    client_secret_env: _Variable | None = None
    client_secret_file: Path | None = None
    tenant: _Word = ""
    token_url: _Url = ""
    device_url: _Url = ""
    authorize_url: _Url = ""
    folders: Annotated[tuple[str, ...], BeforeValidator(mailbox_values.folders)] = ("INBOX",)
    junk: Annotated[tuple[str, ...], BeforeValidator(mailbox_values.more_folders)] = ()
    after: Literal["leave", "seen", "move"] = "leave"
    move_to: Annotated[str, AfterValidator(mailbox_values.folder)] = ""
    interval: Annotated[float, Field(ge=1, le=3600)] = 60.0
    ca_file: Path | None = None

    _recipients: tuple[str, ...] = PrivateAttr(())
    _largest: int = PrivateAttr(0)

    @model_validator(mode="before")
    @classmethod
    def _with_presets(cls, data: Any) -> Any:
        return _preset(data) if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _is_sound(self) -> MailboxTable:
        for trouble in (mailbox_values.transport(self.host, self.tls), _access(self), _moving(self)):
            if trouble:
                raise ValueError(trouble)
        return self

    @property
    def address(self) -> str:
        """The mailbox's own address, empty when the user is none."""
        return mailbox_values.address(self.user)

    @property
    def known_provider(self) -> Provider | None:
        """The provider whose server it is, however that was said."""
        return mail_providers.of_host(self.host)

    @property
    def secret_place(self) -> str:
        """Where the password is kept, in words."""
        return f"the variable {self.password_env}" if self.password_env else f"the file {self.password_file}"

    def settled(self, business: str, recipients: tuple[str, ...], largest: int) -> MailboxTable:
        """With what only the whole settings know: the business's name, the addresses, the largest mail in bytes."""
        copy = self.model_copy(update={"business": business})
        copy._recipients, copy._largest = recipients, largest  # noqa: SLF001 - of this class
        return copy

    def mailbox(self) -> Mailbox:
        """What a poll needs of it."""
        # Most commands poll nothing, and should not wait for the IMAP library.
        from channels.mail.imap_session import Mailbox  # noqa: PLC0415

        return Mailbox(
            name=self.name,
            host=self.host,
            port=self.port,
            security=self.tls,
            user=self.user,
            folders=self.folders,
            junk=self.junk,
            after=self.after,
            move_to=self.move_to,
            recipients=self._recipients,
            largest=self._largest,
            interval=self.interval,
            ca_file=self.ca_file,
        )


def _preset(table: dict[str, Any]) -> dict[str, Any]:
    """The table with what its provider says, and what follows from tls, where it says nothing itself."""
    named, user, host = (str(table.get(key, "")) for key in ("provider", "user", "host"))
    if named and named not in mail_providers.providers():
        raise ValueError(f"provider: there is no {named[:32]!r}; name one of {mail_providers.names()}, or a host")
    provider = mail_providers.providers()[named] if named else mail_providers.of_host(host)
    if provider is None and not host:
        provider = mail_providers.of_address(user)
    preset: dict[str, Any] = {"tls": "tls", "login": "password"}
    if provider is not None:
        preset |= {"host": provider.host_for(user), "tls": provider.tls, "login": provider.login}
    made = preset | table
    tls = made["tls"]
    return {"port": mail_providers.PORTS.get(tls, 993) if isinstance(tls, str) else 993} | made


def _access(table: MailboxTable) -> str:
    """What is wrong with the way it logs in, or nothing."""
    password = [key for key in ("password_env", "password_file") if getattr(table, key)]
    if table.login != "password":
        return _app(table, password)
    return "" if len(password) == 1 else _PASSWORD_NEEDED


def _app(table: MailboxTable, password: list[str]) -> str:
    """What is wrong with the app that asks for tokens, or nothing."""
    secret = [key for key in ("client_secret_env", "client_secret_file") if getattr(table, key)]
    if password:
        return f'login = "{table.login}" uses no password; remove {password[0]}, or write login = "password"'
    if not table.client_id:
        return f'login = "{table.login}" needs the client_id of the app that you registered: docs/mailboxes.md'
    if len(secret) > 1:
        return "name one of client_secret_env and client_secret_file"
    if table.login != "microsoft" and not secret:
        return f'login = "{table.login}" needs client_secret_env or client_secret_file: docs/mailboxes.md'
    if table.login == "microsoft-app" and not (table.tenant or table.token_url):
        return 'login = "microsoft-app" needs the tenant: docs/mailboxes.md'
    return ""


def _moving(table: MailboxTable) -> str:
    """What is wrong with where mail is moved to, or nothing."""
    if table.after == "move" and not table.move_to:
        return 'after = "move" needs move_to, the folder that stored mail is moved to'
    if table.move_to and table.after != "move":
        return 'move_to is only used with after = "move"; write that too'
    if table.move_to in (*table.folders, *table.junk):
        return "move_to is a folder that is read; name another one"
    return ""
