"""Sample mails that come with Leadbot: loaded to see what the bot does, and removed without a trace."""
