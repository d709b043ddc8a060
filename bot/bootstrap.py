"""The composition root: every adapter is chosen here and handed to those who need it as a port."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from bot import circuits, folder, mailboxes, secret_key
from bot.circuits import Breakers
from bot.search import Search
from bot.settings import DATABASE, Settings
from channels.mail.dns_lookup import DnsResolver
from channels.mail.forms import read_form
from channels.mail.language import language_of
from channels.mail.parser import ParserProcess
from channels.mail.trust_senders import Senders
from channels.slack.parser import SlackParser
from enrichment.acquaintances import Acquaintances
from enrichment.adapters.breaker import CircuitBreaker, Guard, Rules
from enrichment.adapters.chroma import ChromaIndex
from enrichment.adapters.minilm import OnnxEmbedder
from enrichment.adapters.rspamd import Rspamd
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.circuits import Circuits
from enrichment.adapters.store.conversations import Conversations
from enrichment.adapters.store.dead_letters import DeadLetters
from enrichment.adapters.store.desk import Desk
from enrichment.adapters.store.edits import Editing
from enrichment.adapters.store.engine import Database, make_engine
from enrichment.adapters.store.events import Audit, History
from enrichment.adapters.store.filtered import Filtered
from enrichment.adapters.store.leads import Leads
from enrichment.adapters.store.ledger import Ledger
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.adapters.store.messages import Messages
from enrichment.adapters.store.migrate import upgrade
from enrichment.adapters.store.mutes import Mutes
from enrichment.adapters.store.numbers import Numbers
from enrichment.adapters.store.reminders import Reminders
from enrichment.adapters.store.staff_settings import StaffSettings
from enrichment.adapters.store.verdicts import Verdicts
from enrichment.adapters.store.views import Views
from enrichment.errors import StartupError
from enrichment.lead import Lead
from enrichment.pipeline import Pipeline
from enrichment.ports import Clock, Embedder, Index, Parser, SenderCheck, SpamScanner
from enrichment.stages.business import Businesses
from enrichment.stages.conversation import Conversation
from enrichment.stages.neighbours import Neighbours
from enrichment.stages.screening import Screening
from enrichment.stages.typed import Typed
from enrichment.store_ports import TypedContacts

# A card is there within a second; what the DNS has not said by then is not known.
SENDER_SECONDS = 0.8


class SystemClock:
    """The machine's clock; implements enrichment.ports.Clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class Store:
    """The SQL side: all that is needed to read leads and the ledger."""

    database: Database
    clock: Clock
    messages: Messages
    book: LeadBook
    views: Views
    ledger: Ledger
    typed: TypedContacts = field(default_factory=Typed)

    @property
    def desk(self) -> Desk:
        """What staff do with leads."""
        return Desk(self.database, self.clock)

    @property
    def editing(self) -> Editing:
        """What staff put in the place of what the machine found."""
        return Editing(self.database, self.clock, self.typed)

    @property
    def verdicts(self) -> Verdicts:
        """What staff say of two leads."""
        return Verdicts(self.database, self.clock)

    @property
    def reminders(self) -> Reminders:
        """The timers of the leads."""
        return Reminders(self.database, self.clock)

    @property
    def mutes(self) -> Mutes:
        """Who is to be left alone for a while."""
        return Mutes(self.database, self.clock)

    @property
    def numbers(self) -> Numbers:
        """How the work goes, in numbers."""
        return Numbers(self.database)

    @property
    def conversations(self) -> Conversations:
        """Leads that grow with what their customer says next."""
        return Conversations(self.database, self.clock)

    @property
    def history(self) -> History:
        """What was done with leads."""
        return History(self.database)

    @property
    def audit(self) -> Audit:
        """Who has seen or taken what."""
        return Audit(self.database, self.clock)

    @property
    def circuits(self) -> Circuits:
        """The services that are being left alone."""
        return Circuits(self.database, self.clock)

    @property
    def filtered(self) -> Filtered:
        """What was taken for no lead."""
        return Filtered(self.database, self.clock)

    @property
    def staff_settings(self) -> StaffSettings:
        """What staff set in Slack."""
        return StaffSettings(self.database, self.clock)

    @property
    def dead_letters(self) -> DeadLetters:
        """What was set aside."""
        return DeadLetters(self.database, self.clock)

    @property
    def mailboxes(self) -> Mailboxes:
        """How far the polled mailboxes were read."""
        return Mailboxes(self.database, self.clock)

    @property
    def engine(self) -> sa.Engine:
        """The one engine, which DBOS shares."""
        return self.database.engine


@dataclass(frozen=True)
class Core:
    """The store, and all that understanding a message needs."""

    store: Store
    leads: Leads
    parser: Parser
    embedder: Embedder
    index: Index
    neighbours: Neighbours
    search: Search
    pipeline: Pipeline
    breakers: Breakers

    def about(self, lead: Lead) -> tuple[str, tuple[str, ...]]:
        """The title of the business whose lead it is, and the services that it offers."""
        return self.pipeline.businesses.about(lead)


def open_store(settings: Settings, clock: Clock | None = None) -> Store:
    """Open the database at its newest version, making the data folder first. Raises StartupError."""
    folder.prepare(settings.data_dir)
    engine = make_engine(settings.sql_url)
    upgrade(engine)
    database = Database(engine)
    now = clock or SystemClock()
    return Store(
        database=database,
        clock=now,
        messages=Messages(database, now),
        book=LeadBook(database),
        views=Views(database, now),
        ledger=Ledger(database),
        typed=Typed(Businesses(settings.businesses)),
    )


def open_existing(settings: Settings) -> Store:
    """The database of a bot that has run before. Raises StartupError when there is none, as in a wrong folder."""
    if not settings.database_url and not (settings.data_dir / DATABASE).exists():
        raise StartupError(
            f"there is no database in {settings.data_dir.absolute()}: "
            "type this in the folder where `leadbot run` was started, or set LEADBOT_DATA_DIR"
        )
    return open_store(settings)


def open_embedder(settings: Settings) -> OnnxEmbedder:
    """Load the embedding model. Raises StartupError when it is missing or damaged."""
    return OnnxEmbedder(settings.model_dir)


def open_index(settings: Settings, embedder: Embedder, breaker: Guard | None = None) -> ChromaIndex:
    """Open the vector index for this embedder: a folder of our own, or a server, which may be away."""
    if settings.chroma_url:
        return ChromaIndex.at_server(settings.chroma_url, embedder, breaker=breaker)
    return ChromaIndex.in_folder(settings.data_dir / "chroma", embedder)


def build_core(
    settings: Settings,
    store: Store,
    embedder: Embedder,
    index: Index,
    parser: Parser | None = None,
    *,
    senders: SenderCheck | None = None,
    scanner: SpamScanner | None = None,
    breakers: Breakers | None = None,
) -> Core:
    """Put the parts together; without senders, none is checked, and without a scanner, none is asked."""
    leads = Leads(store.database, store.clock, embedder.name)
    neighbours = Neighbours(leads, index)
    reader = parser or ParserProcess()
    businesses = Businesses(settings.businesses, mailboxes.addresses(settings.mailboxes))
    pipeline = Pipeline(
        messages=store.messages,
        leads=leads,
        parser=reader,
        embedder=embedder,
        neighbours=neighbours,
        businesses=businesses,
        senders=senders or Senders(),
        known=Acquaintances(leads, businesses.own),
        screening=Screening(businesses.own, scanner),
        answer_key=_answer_key(settings),
        # The labels of a form are read as in mail, which Slack's channel need not know of.
        conversation=Conversation(store.conversations, {"slack": SlackParser(read_form, language_of)}),
    )
    search = Search(leads, store.book, neighbours, embedder, businesses.default.country)
    breakers = breakers or circuits.closed(store.clock)
    return Core(store, leads, reader, embedder, index, neighbours, search, pipeline, breakers)


def _answer_key(settings: Settings) -> bytes:
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    return secret_key.derived(given, settings.data_dir, "answers")


def open_senders(settings: Settings) -> Senders:
    """What checks senders; it asks the DNS only if it may."""
    return Senders(
        authserv_ids=settings.authserv_ids,
        resolver=DnsResolver() if settings.sender_dns else None,
        relays=settings.smtp_trusted_networks,
        seconds=SENDER_SECONDS,
    )


def open_scanner(settings: Settings, clock: Clock) -> Rspamd | None:
    """The owner's rspamd, None when there is none. Raises StartupError when the setting is no URL.

    Its breaker is its own: nothing waits for it, so nobody need be told while it is away; `leadbot doctor` tells.
    """
    if not settings.rspamd_url.strip():
        return None
    return Rspamd(settings.rspamd_url, breaker=CircuitBreaker(clock, Rules(failures=2, first=5.0)))


@contextlib.contextmanager
def open_search(settings: Settings) -> Iterator[Search]:
    """The search alone, for a command while no bot is running. Raises StartupError."""
    store = open_store(settings)
    embedder = open_embedder(settings)
    with contextlib.closing(open_index(settings, embedder)) as index:
        yield build_core(settings, store, embedder, index).search
    store.engine.dispose()
