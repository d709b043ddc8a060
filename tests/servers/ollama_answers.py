"""A sensible answer to Leadbot's question, computed from the prompt, so that the bot can be shown without a model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_LINE = re.compile(r"^(\d+)\| (.*)$", re.MULTILINE)
_SENTENCE = re.compile(r"[^.!?]+[.!?]?")
_TIME = re.compile(r"\b(?:today|tonight|tomorrow|this week|next week|this month|next month|asap)\b", re.IGNORECASE)
_MONEY = re.compile(r"[$€£]\s?\d[\d,.]*|\b\d[\d,.]*\s?(?:dollars|euros|pounds)\b", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:in|at|near) ([A-Z][\w'-]+(?: [A-Z][\w'-]+)*)")

# (intent, urgency, words that show it), the strongest first.
_KINDS = (
    ("vendor_pitch", 5, r"\bseo\b|backlinks|our agency|increase your|partnership"),
    (
        "emergency",
        92,
        r"smell of gas|gas leak|flood|burst|brakes (?:grind|fail)|no brakes|stranded|smoke|on fire|emergency",
    ),
    ("complaint", 76, r"refund|unacceptable|disappointed|still not|worst"),
    ("booking", 55, r"appointment|book|schedule|come in"),
    ("quote", 50, r"quote|price|how much|cost|estimate"),
    ("job_application", 10, r"my cv|resume|vacancy|apply for"),
    ("feedback", 10, r"thank you so much|great job|well done"),
    ("question", 35, r"\?"),
)


def sensible(body: Mapping[str, Any]) -> str:
    """JSON text that follows the schema of the request, with a quote that stands in the message."""
    prompt = str(body["messages"][-1]["content"])
    lines = [(int(number), text) for number, text in _LINE.findall(prompt)]
    text = "\n".join(line for _, line in lines)
    intent, urgency, words = next(
        (kind for kind in _KINDS if re.search(kind[2], text, re.IGNORECASE)), ("inquiry", 30, "")
    )
    if _TIME.search(text) and urgency >= 35:
        urgency = min(100, urgency + 15)
    number, quote = _quoted(lines, words)
    known: dict[str, Any] = {
        "line_1": number,
        "quote_1": quote,
        "reason_1": f"reads as {intent.replace('_', ' ')}",
        "summary": f"Writes: {quote}" if quote else "Says nothing.",
        "timeframe": _first(_TIME, text),
        "budget": _first(_MONEY, text),
        "location": _first(_PLACE, text),
        "intent": intent,
        "urgency": urgency,
        "next_step": "Call back now." if urgency >= 70 else "Answer with a proposal.",
    }
    schema = body["format"]["properties"]
    return json.dumps({name: _fitting(name, rule, known, text) for name, rule in schema.items()}, ensure_ascii=False)


def _quoted(lines: list[tuple[int, str]], words: str) -> tuple[int, str]:
    """The line and sentence where the words stand, else the longest line."""
    for number, line in lines:
        for sentence in _SENTENCE.findall(line):
            if words and re.search(words, sentence, re.IGNORECASE):
                return number, sentence.strip()[:80]
    number, line = max(lines, key=lambda item: len(item[1]), default=(0, ""))
    return number, line[:80]


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[found.lastindex or 0] if found else ""


def _fitting(name: str, rule: Mapping[str, Any], known: Mapping[str, Any], text: str) -> Any:
    """The value of one field, of the kind that the schema asks for."""
    if rule["type"] == "integer":
        return max(rule.get("minimum", 0), min(rule.get("maximum", 100), int(known.get(name, 0))))
    if "enum" in rule:
        said = [choice for choice in rule["enum"] if choice.lower() in text.lower()]
        return known[name] if known.get(name) in rule["enum"] else (said or rule["enum"][-1:])[0]
    return str(known.get(name, ""))[: rule.get("maxLength", 200)]
