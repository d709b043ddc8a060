"""Sends a test mail as a customer's mail program would: one message, over SMTP, to the bot's own listener."""

from __future__ import annotations

import asyncio
import smtplib
import unicodedata
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from bot.workspace.announcement import Announcement
from bot.workspace.workspace import Workspace

EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$"
TIMEOUT = 10.0
NOT_RUNNING = "Leadbot is not running: start it with leadbot run"
NO_SMTP = "Leadbot takes no mail over SMTP: turn its SMTP listener on"


def _one_line(value: str) -> str:
    # str.splitlines knows more line ends than CR and LF, and so do mail libraries.
    if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in value):
        raise ValueError("must be one line without control characters")
    return value


class TestMail(BaseModel):
    """A customer's mail; what ends up in a header is one line."""

    __test__ = False  # no test case, whatever its name says
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=100), AfterValidator(_one_line)] = ""
    email: str = Field(max_length=254, pattern=EMAIL)
    subject: Annotated[str, Field(max_length=200), AfterValidator(_one_line)] = ""
    text: str = Field(min_length=1, max_length=20_000)

    def message(self, recipient: str) -> EmailMessage:
        """The mail as it is sent. Raises ValueError when an address cannot stand in a header."""
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(self.name.strip(), addr_spec=self.email)
        message["To"] = recipient
        message["Subject"] = self.subject
        message["Date"] = formatdate(localtime=True)
        message["Message-ID"] = make_msgid(domain="workspace.localhost")
        message.set_content(self.text, cte="quoted-printable")  # safe with a server that takes seven bits only
        return message


def router(workspace: Workspace) -> APIRouter:
    """The route under /control."""
    routes = APIRouter(prefix="/control")

    @routes.post("/mail", response_model=None)
    async def mail(request: TestMail) -> dict[str, Any] | JSONResponse:
        """Send a mail to the bot and tell what its mail server said."""
        announced = workspace.announcements.current()
        if announced is None or not announced.smtp or not announced.recipient:
            reason = NO_SMTP if announced is not None and workspace.hub.connected else NOT_RUNNING
            return JSONResponse({"error": reason}, status_code=409)
        try:
            said = await asyncio.to_thread(_send, request, announced)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return JSONResponse({"error": _reason(error)}, status_code=502)
        return {"ok": True, "answer": said, "smtp": announced.smtp, "recipient": announced.recipient}

    return routes


def _send(mail: TestMail, announced: Announcement) -> str:
    host, _, port = announced.smtp.rpartition(":")
    message = mail.message(announced.recipient)
    with smtplib.SMTP(host.strip("[]"), int(port), local_hostname="localhost", timeout=TIMEOUT) as client:
        client.ehlo_or_helo_if_needed()
        _accepted(*client.mail(mail.email))
        _accepted(*client.rcpt(announced.recipient))
        return _accepted(*client.data(message.as_bytes()))


def _accepted(code: int, answer: bytes) -> str:
    said = f"{code} {' '.join(answer.decode('ascii', 'replace').split())}"
    if not 200 <= code < 300:
        raise smtplib.SMTPException(f"the mail server refused it: {said[:300]}")
    return said[:300]


def _reason(error: Exception) -> str:
    match error:
        case ConnectionRefusedError():
            return NOT_RUNNING
        case TimeoutError():
            return f"Leadbot's mail server did not answer within {TIMEOUT:.0f} seconds"
        case smtplib.SMTPServerDisconnected() | ConnectionError():
            return "Leadbot's mail server closed the connection: is it stopping? Try again"
        case smtplib.SMTPResponseException():
            return f"The mail server refused it: {error.smtp_code} {str(error.smtp_error)[:300]}"
        case smtplib.SMTPException():
            return str(error)[:1].upper() + str(error)[1:]
        case _:
            return f"The mail could not be sent: {' '.join(str(error).split())[:300]}"
