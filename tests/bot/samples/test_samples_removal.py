"""Loading and removing on a real workspace: nothing twice, nothing left, whatever breaks off in between."""

from __future__ import annotations

import asyncio

import pytest

from bot.bootstrap import Core
from bot.samples import samples as samples_module
from bot.samples.samples import Loaded, Removed, Samples, remove_without_bot
from bot.slack.poster import Poster
from enrichment.errors import GiveUp, RetryLater
from enrichment.models import MessageState
from tests.bot.samples.sampling import draw_all, judge_all, nobody, samples_of, store_of
from tests.bot.slack.drawing import drawing
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts


@pytest.fixture
def samples(core: Core, poster: Poster) -> Samples:
    """What is tested."""
    return samples_of(core, lambda: poster)


async def shown(samples: Samples, core: Core, poster: Poster) -> int:
    """Load, judge and draw the samples; how many leads came of them."""
    assert await samples.load() == Loaded(count=10)
    leads = await asyncio.to_thread(judge_all, core)
    await draw_all(core, poster)
    return len(leads)


async def test_samples_are_loaded_once_and_again_after_a_removal(
    samples: Samples, core: Core, poster: Poster, parts: Parts, staff: Staff
) -> None:
    """Cards, rows and vectors come and go as a whole; real leads stay as they were."""
    real = parts.lead("jo@example.com")
    await draw_all(core, poster)
    before = await staff.texts()
    for _ in range(2):
        assert await shown(samples, core, poster) == 9
        assert await samples.load() == Loaded(count=0)
        assert len(await staff.roots()) == 9
        assert core.index.count() == 9
        assert await samples.remove() == Removed(leads=8, messages=10)
        assert await staff.texts() == before
        assert core.index.count() == 1
    assert [lead.id for lead in parts.book.listed(every=True)] == [real]
    assert all(channel.balanced for channel in parts.ledger.by_channel().values())
    assert await samples.remove() == Removed(leads=0, messages=0)


async def test_two_that_load_at_once_load_once(samples: Samples, core: Core, parts: Parts) -> None:
    """By a command and by the command line, say."""
    counts = await asyncio.gather(samples.load(), samples_of(core).load())
    assert sorted(loaded.count for loaded in counts) == [0, 10]
    assert parts.scalar("SELECT count(*) FROM messages") == 10


async def test_two_that_remove_at_once_wait_for_the_same_end(
    samples: Samples, core: Core, poster: Poster, staff: Staff
) -> None:
    """Staff press twice."""
    await shown(samples, core, poster)
    first, second = await asyncio.gather(samples.remove(), samples.remove())
    assert first == second == Removed(leads=8, messages=10)
    assert await staff.texts() == []


async def test_messages_in_progress_are_removed_too(samples: Samples, core: Core, parts: Parts) -> None:
    """Their workflow finds nothing to do and brings no error."""
    await samples.load()
    assert await samples.remove() == Removed(leads=0, messages=10)
    assert core.pipeline.run(1) is None
    assert parts.state(1) is None


async def test_removal_without_slack_is_finished_when_slack_is_back(
    samples: Samples, core: Core, poster: Poster, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile the samples are off every list and cannot be loaded; a new start goes on by itself."""
    await shown(samples, core, poster)
    with pytest.raises(RetryLater, match="has not been reached"):
        await samples_of(core, nobody).remove()
    assert core.store.book.listed() == []
    assert len(await staff.roots()) == 8
    with pytest.raises(GiveUp, match="still being removed"):
        await samples.load()
    await _finished(samples, monkeypatch)
    assert await staff.texts() == []
    assert await samples.load() == Loaded(count=10)


async def _finished(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the loop of a new start end the removal."""
    monkeypatch.setattr(samples_module, "RESUME_SECONDS", 0.05)
    running = asyncio.create_task(samples.run())
    await until(lambda: _ended(samples))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _ended(samples: Samples) -> bool:
    return not samples._store.retired()


@pytest.mark.parametrize("kind", ["lost", "500"])
async def test_removal_that_breaks_off_is_finished_by_pressing_again(
    samples: Samples, core: Core, poster: Poster, staff: Staff, kind: str
) -> None:
    """Even when Slack did delete a message and only the answer was lost."""
    await shown(samples, core, poster)
    await staff.fault("chat.delete", kind)
    with pytest.raises(RetryLater):
        await samples.remove()
    assert (await samples.remove()).leads == 8
    assert await staff.texts() == []


async def test_pauses_that_slack_asks_for_are_kept(samples: Samples, core: Core, poster: Poster, staff: Staff) -> None:
    """One removal, however often it is slowed down."""
    await shown(samples, core, poster)
    await staff.fault("chat.delete", "429", 2)
    assert await samples.remove() == Removed(leads=8, messages=10)
    assert await staff.texts() == []


async def test_removal_that_was_killed_is_finished_at_the_next_start(
    samples: Samples, core: Core, poster: Poster, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any of its deletions."""
    await shown(samples, core, poster)
    count = 0
    delete = Poster.delete

    async def killed(self: Poster, key: str) -> bool:
        nonlocal count
        count += 1
        if count == 5:
            raise KeyboardInterrupt
        return await delete(self, key)

    monkeypatch.setattr(Poster, "delete", killed)
    with pytest.raises(KeyboardInterrupt):
        await samples._remove()
    monkeypatch.setattr(Poster, "delete", delete)
    assert await staff.texts()
    await _finished(samples_of(core, lambda: poster), monkeypatch)
    assert await staff.texts() == []


async def test_card_that_is_posted_at_that_very_moment_is_deleted_too(
    samples: Samples, core: Core, poster: Poster, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reconciler has read the lead before, and posts after everything was deleted in Slack."""
    await shown(samples, core, poster)
    book = core.store.book
    lead = book.listed()[0]
    delete_vectors = core.index.delete
    drawn: list[str] = []

    def meanwhile(lead_ids: list[int]) -> None:
        if not drawn:
            drawn.append(asyncio.run_coroutine_threadsafe(drawing(poster, core.store).card.draw(lead), loop).result(10))
        delete_vectors(lead_ids)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(core.index, "delete", meanwhile)
    assert (await samples.remove()).leads == 8
    assert len(drawn) == 1
    assert await staff.texts() == []
    with pytest.raises(GiveUp, match="was removed meanwhile"):
        await drawing(poster, core.store).card.draw(lead)
    assert await staff.texts() == []


async def test_posting_whose_answer_was_lost_is_looked_for(
    samples: Samples, core: Core, poster: Poster, parts: Parts, staff: Staff
) -> None:
    """While it may still arrive it is waited for; then it is found by its mark and deleted."""
    await samples.load()
    await asyncio.to_thread(judge_all, core)
    lead = parts.book.listed()[0]
    await staff.fault("chat.postMessage", "lost")
    with pytest.raises(RetryLater):
        await drawing(poster, parts).card.draw(lead)
    assert len(await staff.roots()) == 1
    with pytest.raises(RetryLater, match="on its way"):
        await poster.delete(f"lead:{lead.id}:card")
    parts.clock.move(60)
    assert (await samples.remove()).leads == 8
    assert await staff.texts() == []


async def test_message_that_slack_will_not_let_go_is_told(
    samples: Samples, core: Core, poster: Poster, staff: Staff
) -> None:
    """One that an earlier app of ours posted, say; it must not keep the rest for ever."""
    await shown(samples, core, poster)
    root = (await staff.roots())[0]["ts"]
    with staff.workspace.store._db as database:
        database.execute("UPDATE messages SET user = 'U0STAFF1' WHERE ts = ?", (root,))
    assert await samples.remove() == Removed(leads=8, messages=10, left=1)
    assert [message["ts"] for message in await staff.roots()] == [root]


async def test_message_that_staff_have_deleted_is_no_trouble(
    samples: Samples, core: Core, poster: Poster, staff: Staff
) -> None:
    """It is gone, which is what was wanted."""
    await shown(samples, core, poster)
    staff.delete((await staff.roots())[0]["ts"])
    assert await samples.remove() == Removed(leads=8, messages=10)


async def test_samples_are_removed_without_a_bot(samples: Samples, core: Core, poster: Poster, parts: Parts) -> None:
    """Rows and vectors go; Slack's messages are out of reach."""
    await shown(samples, core, poster)
    gone = remove_without_bot(store_of(core), core.index)
    assert (gone.leads, gone.messages) == (8, 10)
    assert core.index.count() == 0
    assert parts.scalar("SELECT count(*) FROM postings") == 0


async def test_real_mail_in_between_is_matched_with_no_sample(
    samples: Samples, core: Core, poster: Poster, parts: Parts
) -> None:
    """Though it comes from a sample's sender with a sample's words, and a search by staff finds both."""
    await shown(samples, core, poster)
    text = "Could you give us an estimate for painting the whole exterior of our wooden house?"
    content = f"From: Priya <priya@raman.test>\r\nSubject: House painting\r\n\r\n{text}\r\n".encode()
    row = parts.accept(content, mail_from="priya@raman.test")
    await asyncio.to_thread(core.pipeline.run, row)
    (real,) = [lead for lead in parts.book.listed() if not lead.sample]
    assert (real.message_id, real.matches, real.duplicate_of) == (row, (), None)
    assert core.search.similar(real.label) == []
    assert {hit.lead.sample for hit in core.search.similar("painting a house")} == {True, False}
    await samples.remove()
    assert [lead.id for lead in parts.book.listed()] == [real.id]
    assert parts.state(row) == MessageState.LEAD
