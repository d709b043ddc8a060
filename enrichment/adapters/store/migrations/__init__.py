"""The schema in steps."""
