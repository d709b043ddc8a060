"""What goes wrong between the bot and Slack: a call refused in Slack's words, an envelope that got no ack."""

from __future__ import annotations

from typing import Any

from bot.workspace.block_kit import Problem


class SlackError(Exception):
    """Answer a call with ok=false. code: Slack's error string; details: further keys of the answer."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    @classmethod
    def broken(cls, code: str, problems: list[Problem]) -> SlackError:
        """The error for blocks or a view that break Block Kit's rules, with each rule and its place."""
        code = next((problem.error for problem in problems if problem.error), code)
        texts = [str(problem) for problem in problems]
        return cls(code, errors=texts, response_metadata={"messages": [f"[ERROR] {text}" for text in texts]})

    def body(self) -> dict[str, Any]:
        """The JSON answer."""
        return {"ok": False, "error": self.code, **self.details}


class Undelivered(Exception):
    """No ack came. code: what Slack tells the user, such as dispatch_failed or operation_timeout.

    reason: what the next attempt names as retry_reason. final: the bot asked for no further attempt.
    """

    def __init__(self, code: str, reason: str = "timeout", *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason
        self.final = final
