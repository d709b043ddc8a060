"""Slack messages as a way in."""
