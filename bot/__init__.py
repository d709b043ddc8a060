"""Runs the system; the only room that knows every other."""

__version__ = "0.1.0"
