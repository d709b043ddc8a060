"""What a lead is and what happens to it; knows no channel and no Slack."""
