"""What happens to a message, one stage a module."""
