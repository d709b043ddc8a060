"""Starts the bot so that it looks every second, not every minute, who is to be reminded: `reminding_often.py run`."""

from __future__ import annotations

from bot import cli, schedule

if __name__ == "__main__":
    schedule.REMIND_SECONDS = 1
    cli.main()
