"""The SQL store: SQLite by default, PostgreSQL when one machine is outgrown."""
