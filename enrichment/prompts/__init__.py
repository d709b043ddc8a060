"""Texts and data that judgements are made from: prompts, rules, business profiles."""
