"""Slack's Web API: one module for each family of methods, each with its table from method name to function."""
