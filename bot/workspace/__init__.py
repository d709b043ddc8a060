"""The local Slack-compatible workspace, a process of its own: Web API, Socket Mode, Block Kit rules, web page."""
