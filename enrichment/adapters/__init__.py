"""The outside behind the ports: store, vectors, models, CRM."""
