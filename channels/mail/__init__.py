"""E-mail: SMTP in, MIME to facts."""
