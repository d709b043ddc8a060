"""What staff see in Slack: cards, the poster, commands and actions."""
