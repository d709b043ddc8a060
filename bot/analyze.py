"""`leadbot analyze`: what the rules make of a text, and the language model if it can be reached. Stores nothing."""

from __future__ import annotations

from bot import model_check
from bot.bootstrap import SystemClock
from bot.settings import Settings
from enrichment.analysis import opinion
from enrichment.errors import LeadbotError
from enrichment.lead import Analysis as ModelAnalysis
from enrichment.lead import Contact, Lead, Triage
from enrichment.models import Model
from enrichment.stages.analyse import judged
from enrichment.stages.business import Business
from enrichment.stages.phones import phones_in
from enrichment.stages.triage import triage


class Opinion(Model):
    """The judgement, and the model's part in it; `missing` says in one line why the model has none."""

    triage: Triage
    analysis: ModelAnalysis | None = None
    missing: str = ""


async def analyze(settings: Settings, words: str) -> Opinion:
    """Judge a text as if a customer of the default business had written it now."""
    business = settings.businesses[0]
    now = SystemClock().now()
    contact = Contact(phone=next(iter(phones_in(words, business.country)), None))
    triaged = triage(words, "", contact, now, profile=business.profile)
    if not model_check.is_wanted(settings):
        return Opinion(triage=triaged, missing="OLLAMA_BASE_URL is off")
    lead = Lead(
        id=0, uuid="", message_id=0, contact=contact, text=words, channel="smtp", received_at=now, triage=triaged
    )
    try:
        analysis = await _ask(settings, lead, business)
    except LeadbotError as error:
        return Opinion(triage=triaged, missing=str(error))
    return Opinion(triage=judged(lead, analysis), analysis=analysis)


async def _ask(settings: Settings, lead: Lead, business: Business) -> ModelAnalysis:
    model = model_check.open_model(settings)
    try:
        return await opinion(model, lead, (business.title, business.profile.service_names), SystemClock().now)
    finally:
        await model.close()
