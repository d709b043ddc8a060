"""The same program on PostgreSQL: one schema, one code path."""

from __future__ import annotations

from collections.abc import Callable

from tests.servers.running_bot import RunningBot, mail


def test_the_bot_runs_on_postgresql(fresh_bot: Callable[..., RunningBot], postgres_url: str) -> None:
    """A repeat is warned of, a restart keeps everything, and workflows share the database."""
    bot = fresh_bot(LEADBOT_DATABASE_URL=postgres_url).start()
    sender = "Ann <ann@postgres.example>"
    bot.send(mail(sender, "Brakes", "My brakes make a grinding noise when I stop, can you look at them this week?"))
    bot.wait_for(bot.cards)
    bot.kill()
    bot.start()
    bot.send(mail(sender, "Again", "The car grinds badly whenever I press the brake pedal. When can you repair it?"))
    bot.wait_for(bot.warnings)
    status = bot.settled()
    assert (status["states"]["lead"], len(bot.cards())) == (2, 2)
    assert bot.stop() == 0
